/**
 * Owns: what an event is: its type token, its key field, the schema of each of its versions and the way from one
 * version to the next. Never: reading bytes (streams/decode.ts), or knowing who listens.
 *
 * A definition is also the function that makes an event: `PostLiked({ postId, … })` can be published and emitted.
 * Its data is checked and in wire form (JSON values), so what a step emits is what a router will be able to read.
 *
 * E1 what `event` accepts can be decoded: versions have no gap, every older one has a way up, the pinned one exists.
 * E2 no event that a definition made holds a NUL, an empty key, or anything its own schema would refuse.
 */

import "effect/schema/SchemaJITCompiler/enable"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { eventMisuse } from "./event-check.ts"
import { InvalidEvent, keyTrouble, plainIssues, textIssue } from "./validate.ts"

/** A `Schema.Struct` that needs no services: it decodes by itself. */
export type DataSchema = Schema.Codec<object, unknown, never, never> & { readonly fields: Schema.Struct.Fields }

/** Data as it travels: the canonical JSON form of its schema. */
export type WireData = Readonly<Record<string, Schema.Json>>

/** What `client.publish`, `emits` and `once` take. */
export interface Emit<T extends string> {
  readonly type: T
  readonly key: string
  readonly version: number
  readonly data: WireData
}

export interface EventVersion {
  readonly version: number
  /** Between wire form and what code sees. */
  readonly codec: Schema.Codec<unknown, unknown, never, never>
  /** To the next version; the current one has none. */
  readonly up: ((old: never) => unknown) | undefined
}

/** What is known of an event without its types; every EventDef is one. */
export interface AnyEvent {
  readonly type: string
  readonly keyField: string
  readonly version: number
  /** The version of a message that names none. */
  readonly pinned: number
  readonly title: string
  readonly description: string | undefined
  /** By version number, the current one last. */
  readonly versions: ReadonlyMap<number, EventVersion>
  (data: never): Emit<string>
}

export interface EventDef<T extends string, D, K extends string = string> extends AnyEvent {
  readonly type: T
  readonly keyField: K
  (data: D): Emit<T>
}

export type DataOf<E> = E extends EventDef<infer _T, infer D> ? D : never

/** The event's data as an actor's functions see it: a member of a union discriminated by `_tag`. */
export type Tagged<E> = E extends EventDef<infer T, infer D> ? D & { readonly _tag: T } : never

/** Fields that hold a string in every event, so may be its key. */
export type StringKeys<D> = {
  [K in keyof D]-?: undefined extends D[K] ? never : D[K] extends string ? K : never
}[keyof D] &
  string

interface BadType {
  readonly error: "an event type is lower-case letters, digits and _, and starts with a letter"
}
interface ReservedField {
  readonly error: "field names starting with _ are reserved"
}
type Digit = "0" | "1" | "2" | "3" | "4" | "5" | "6" | "7" | "8" | "9"
type TypeToken<T extends string> = T extends
  | ""
  | `${"_" | Digit}${string}`
  | `${string}${" " | "." | "*" | ">" | "-" | "/"}${string}`
  ? BadType
  : T extends Lowercase<T>
    ? T
    : BadType
type Unreserved<D> = [Extract<keyof D, `_${string}`>] extends [never] ? unknown : ReservedField

type Text<N> = N extends number | string ? `${N}` : never
type Length<N extends string, A extends readonly unknown[] = []> = `${A["length"]}` extends N
  ? A
  : A["length"] extends 64
    ? never
    : Length<N, [...A, unknown]>
type Successor<N extends string> = Text<[...Length<N>, unknown]["length"]>
type TypeOf<S> = S extends { readonly Type: infer D } ? D : never
/** Older versions by the text of their number: inference gives the names as strings. */
type ByName<F> = { [N in keyof F as Text<N>]: F[N] }
interface NoNextVersion<N extends string> {
  readonly error: `there is no version ${Successor<N>} to turn version ${N} into`
}
type Newer<F, V extends number, S, N extends string> =
  Successor<N> extends infer Next
    ? Next extends keyof ByName<F>
      ? TypeOf<ByName<F>[Next]>
      : Next extends Text<V>
        ? TypeOf<S>
        : NoNextVersion<N>
    : never

export interface EventOptions<S extends DataSchema, K extends string, V extends number, F> {
  readonly version: V
  /** The field whose value decides who handles the event, and in which order. */
  readonly key: K
  readonly data: S & Unreserved<S["Type"]>
  readonly title?: string
  readonly description?: string
  /** Older versions that are still in the log, each with the way to the next one. */
  readonly from?: {
    readonly [N in keyof F]: {
      readonly data: F[N] & DataSchema
      readonly up: (old: TypeOf<F[N]>) => Newer<F, V, S, Text<N>>
    }
  }
  /** What a message without `Millrace-Schema` is read as: 1 unless declared, for good. */
  readonly pinned?: number
}

/** Declares an event. Throws Misuse for what the compiler could not see. */
export function event<
  const T extends string,
  S extends DataSchema,
  const K extends StringKeys<S["Type"]>,
  const V extends number,
  // biome-ignore lint/complexity/noBannedTypes: no older versions
  F = {},
>(type: T & TypeToken<T>, options: EventOptions<S, K, V, F>): EventDef<T, S["Type"], K> {
  const misuse = eventMisuse(type, options)
  if (misuse !== undefined) throw misuse
  const older: Readonly<Record<string, OlderVersion>> = options.from ?? {}
  return buildEvent<T, S["Type"], K>({ ...options, type, keyField: options.key, older })
}

interface OlderVersion {
  readonly data: Schema.Codec<unknown, unknown, never, never>
  readonly up: (old: never) => unknown
}

export interface EventParts<T extends string, K extends string> {
  readonly type: T
  readonly keyField: K
  readonly version: number
  readonly data: Schema.Codec<unknown, unknown, never, never>
  readonly title?: string
  readonly description?: string
  readonly older?: Readonly<Record<string, OlderVersion>>
  readonly pinned?: number
  /** For events whose key is more than one field: their entity id. */
  readonly keyOf?: (data: never) => string
}

/** Without the checks of `event`: for events that definitions themselves bring, such as `<actor>.closed`. */
export function buildEvent<T extends string, D, K extends string = string>(parts: EventParts<T, K>): EventDef<T, D, K> {
  const { type, keyField, version, description } = parts
  const versions = versionsOf(parts)
  const encode = Schema.encodeUnknownResult(versions.get(version)!.codec)
  const make = (data: D): Emit<T> => {
    const encoded = encode(data)
    if (Result.isFailure(encoded)) throw new InvalidEvent(type, plainIssues(encoded.failure.issue))
    const wire = encoded.success as WireData
    const badText = textIssue(wire)
    if (badText !== undefined) throw new InvalidEvent(type, [badText])
    const key = (parts.keyOf ?? fieldKey(keyField))(data as never)
    const trouble = keyTrouble(key)
    if (typeof key !== "string" || trouble !== undefined) {
      throw new InvalidEvent(type, [{ path: keyField, message: trouble ?? "is no key" }])
    }
    return { type, key, version, data: wire }
  }
  const pinned = parts.pinned ?? Math.min(...versions.keys())
  const title = parts.title ?? titleOf(type)
  return Object.assign(make, { type, keyField, version, pinned, title, description, versions })
}

function versionsOf(parts: EventParts<string, string>): ReadonlyMap<number, EventVersion> {
  const older = Object.entries(parts.older ?? {})
    .map(([version, { data, up }]) => ({ version: Number(version), codec: wireCodec(data), up }))
    .sort((a, b) => a.version - b.version)
  const current = { version: parts.version, codec: wireCodec(parts.data), up: undefined }
  return new Map([...older, current].map((each) => [each.version, each]))
}

/** So that dates, bigints and the like may stand in an event: each has its one JSON form. */
function wireCodec(schema: Schema.Codec<unknown, unknown, never, never>): EventVersion["codec"] {
  return Schema.toCodecJson(schema)
}

function fieldKey(field: string): (data: Readonly<Record<string, unknown>>) => unknown {
  return (data) => data[field]
}

function titleOf(type: string): string {
  const words = type.replaceAll(/[_.]/g, " ")
  return words.charAt(0).toUpperCase() + words.slice(1)
}
