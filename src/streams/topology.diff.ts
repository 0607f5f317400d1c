/**
 * Owns: what lies between the streams that are declared and those that are there, and which differences may be mended.
 * Pure. Never: a change that would lose something, or deleting a stream: those are told, for a person to decide.
 */

import { generationOf, isOurStream } from "./names.ts"
import type { StreamDeclaration, Topology } from "./topology.ts"

/** A stream's settings, as declared or as a server has them; no limit: undefined. */
export interface StreamShape {
  readonly description: string
  readonly subjects: readonly string[]
  readonly transform: { readonly source: string; readonly destination: string } | undefined
  readonly retention: string
  readonly storage: string
  readonly discard: string
  readonly maxBytes: number | undefined
  readonly maxMessages: number | undefined
  readonly maxAgeMs: number | undefined
  readonly maxMessageBytes: number | undefined
  readonly maxPerSubject: number | undefined
  readonly duplicateWindowMs: number
  readonly compression: "none" | "s2"
  readonly replicas: number
  readonly denyDelete: boolean
  readonly denyPurge: boolean
  readonly expiryMarkerMs: number | undefined
  readonly rollup: boolean
  readonly directGets: boolean
  readonly acknowledges: boolean
  readonly sealed: boolean
  readonly copiesAnother: boolean
}

export interface ActualStream {
  readonly name: string
  readonly shape: StreamShape
  /** Why the disk guard closed it; while it is closed its `maxMessages` is not the declared one. */
  readonly closedBecause: string | undefined
  readonly messages: number
  readonly bytes: number
}

export type Field = keyof StreamShape

interface Difference {
  readonly stream: string
  readonly field: Field
  readonly is: unknown
  readonly wanted: unknown
}

export type Change =
  | { readonly kind: "create"; readonly stream: string }
  | ({ readonly kind: "update" } & Difference)
  | ({ readonly kind: "refused"; readonly why: string } & Difference)
  | { readonly kind: "closed"; readonly stream: string; readonly because: string }
  | { readonly kind: "unknown"; readonly stream: string; readonly why: string }

export function diff({ streams, generation }: Topology, actual: readonly ActualStream[]): Change[] {
  const there = new Map(actual.map((stream) => [stream.name, stream]))
  const declared = new Set(streams.map(({ name }) => name))
  return [
    ...streams.flatMap((stream): Change[] => {
      const found = there.get(stream.name)
      return found === undefined ? [{ kind: "create", stream: stream.name }] : changesOf(stream, found)
    }),
    ...actual.flatMap(({ name }): Change[] =>
      declared.has(name) || !isOurStream(name) ? [] : [{ kind: "unknown", stream: name, why: whose(name, generation) }],
    ),
  ]
}

export function shapeOf(declared: StreamDeclaration): StreamShape {
  return {
    description: declared.holds,
    subjects: declared.subjects,
    transform: declared.transform,
    retention: "limits",
    storage: "file",
    discard: "new",
    maxBytes: declared.maxBytes,
    maxMessages: declared.maxMessages,
    maxAgeMs: declared.maxAgeMs,
    maxMessageBytes: declared.maxMessageBytes,
    maxPerSubject: declared.maxPerSubject,
    duplicateWindowMs: declared.duplicateWindowMs,
    compression: declared.compression,
    replicas: declared.replicas,
    denyDelete: declared.denyDelete,
    denyPurge: declared.denyPurge,
    expiryMarkerMs: declared.expiryMarkerMs,
    rollup: declared.rollup,
    directGets: false,
    acknowledges: true,
    sealed: false,
    copiesAnother: false,
  }
}

/** The fields in which two shapes differ. */
export function differences(stream: string, is: StreamShape, wanted: StreamShape): Difference[] {
  return FIELDS.filter((field) => !same(is[field], wanted[field])).map((field) => {
    return { stream, field, is: is[field], wanted: wanted[field] }
  })
}

function changesOf(declared: StreamDeclaration, actual: ActualStream): Change[] {
  const { name: stream } = declared
  const { closedBecause: because } = actual
  const wanted = shapeOf(declared)
  const is = because === undefined ? actual.shape : { ...actual.shape, maxMessages: wanted.maxMessages }
  const changes = differences(stream, is, wanted).map((difference): Change => {
    const why = judge(difference.field, is, wanted, actual)
    return why === undefined ? { kind: "update", ...difference } : { kind: "refused", why, ...difference }
  })
  return because === undefined ? changes : [...changes, { kind: "closed", stream, because }]
}

/** Why a change may not be made, or nothing if it does no harm. */
type Judge<F extends Field> = (is: StreamShape[F], wanted: StreamShape[F], held: ActualStream) => string | undefined

const harmless = () => undefined
const never = (why: string) => () => why

const JUDGES: { readonly [F in Field]: Judge<F> } = {
  description: harmless,
  subjects: (is, wanted) => {
    const removed = is.filter((subject) => !wanted.includes(subject))
    return removed.length === 0 ? undefined : `nothing would take ${removed.join(", ")} any more`
  },
  transform: (_is, _wanted, { messages }) =>
    messages === 0 ? undefined : "keys that are stored would go on in other lanes, and lose their order",
  retention: never("another retention removes messages by itself"),
  storage: never("a stream cannot be moved between storages"),
  discard: (_is, wanted) => (wanted === "new" ? undefined : "a full stream would drop what it took"),
  maxBytes: (_is, wanted, { bytes }) => belowStored(wanted, bytes, "bytes"),
  maxMessages: (_is, wanted, { messages }) => belowStored(wanted, messages, "messages"),
  maxAgeMs: (is, wanted, { messages }) =>
    messages > 0 && isTighter(is, wanted) ? "what is stored and older than that would be removed" : undefined,
  maxMessageBytes: harmless,
  maxPerSubject: (is, wanted, { messages }) =>
    messages > 0 && isTighter(is, wanted) ? "older messages of a subject would be removed" : undefined,
  duplicateWindowMs: harmless,
  compression: harmless,
  replicas: (is, wanted) => (wanted < is ? "copies of what is stored would be given up" : undefined),
  denyDelete: (_is, wanted) => (wanted ? undefined : "a server cannot take this protection back"),
  denyPurge: (_is, wanted) => (wanted ? undefined : "a server cannot take this protection back"),
  expiryMarkerMs: (_is, wanted) => (wanted === undefined ? "a server cannot switch this off again" : undefined),
  rollup: harmless,
  directGets: harmless,
  acknowledges: harmless,
  sealed: (is) => (is ? "a sealed stream can never be written to again" : "nothing could be written any more"),
  copiesAnother: never("it is fed from another stream, not by its publishers"),
}

function isField(name: string): name is Field {
  return name in JUDGES
}

const FIELDS: readonly Field[] = Object.keys(JUDGES).filter(isField)

function judge<F extends Field>(
  field: F,
  is: StreamShape,
  wanted: StreamShape,
  held: ActualStream,
): string | undefined {
  return JUDGES[field](is[field], wanted[field], held)
}

function isTighter(is: number | undefined, wanted: number | undefined): boolean {
  return wanted !== undefined && (is === undefined || wanted < is)
}

function belowStored(wanted: number | undefined, stored: number, unit: string): string | undefined {
  return wanted !== undefined && wanted < stored ? `${stored} ${unit} are stored already` : undefined
}

function whose(stream: string, generation: number): string {
  const other = generationOf(stream)
  return other === undefined ? "it is not declared" : `it belongs to generation ${other}, and this is ${generation}`
}

function same(a: unknown, b: unknown): boolean {
  return JSON.stringify(canonical(a)) === JSON.stringify(canonical(b))
}

/** Of lists the order does not matter, of objects neither. */
function canonical(value: unknown): unknown {
  if (Array.isArray(value)) return value.toSorted()
  return typeof value === "object" && value !== null ? Object.entries(value).toSorted() : value
}

/** One line for people. */
export function describeChange(change: Change): string {
  switch (change.kind) {
    case "create":
      return `${change.stream}: is missing, to be created`
    case "update":
      return `${change.stream}: ${change.field} is ${shown(change.is)}, to become ${shown(change.wanted)}`
    case "refused":
      return `${change.stream}: ${change.field} is ${shown(change.is)}, declared ${shown(change.wanted)}; refused: ${change.why}`
    case "closed":
      return `${change.stream}: closed (${change.because})`
    case "unknown":
      return `${change.stream}: left alone: ${change.why}`
  }
}

const shown = (value: unknown) => (value === undefined ? "without a limit" : JSON.stringify(value))
