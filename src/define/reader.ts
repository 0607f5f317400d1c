/**
 * Owns: turning wire data of one version of an event into what code sees of the current version, many at once.
 * Never: bytes, or what to do with an event that fails.
 *
 * The way in is quick when all is well: one compiled pass over an array checks and copies every event, a second one
 * looks into their strings. Only when something in the array fails is each event read by itself, to say what and why.
 *
 * V1 readAll gives an array only if `read` would give data for every value, and then the same data.
 * V2 whatever a schema's or a way up's own code does, `read` answers; it never throws.
 */

import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as AST from "effect/SchemaAST"
import { explain } from "../base/errors.ts"
import type { AnyEvent, EventVersion } from "./event.ts"
import { type RowsCheck, rowsChecks } from "./rows.ts"
import { cut, type Issue, keyTrouble, plainIssues, textIssue } from "./validate.ts"

export type EventData = Readonly<Record<string, unknown>>

export type Read =
  | { readonly tag: "read"; readonly data: EventData }
  | { readonly tag: "invalid"; readonly issues: readonly Issue[] }
  | { readonly tag: "bad-text"; readonly issue: Issue }
  | { readonly tag: "bad-key"; readonly field: string; readonly trouble: string }
  | { readonly tag: "failed-up"; readonly from: number; readonly reason: string }

export interface EventReader {
  readonly type: string
  /** What it reads, and what it gives. */
  readonly version: number
  readonly current: number
  readonly keyField: string
  read(value: unknown): Read
  /**
   * Data for every value, or nothing if any of them fails. `fields` may be given for values whose texts were read from
   * UTF-8: the names that every one of them has, and no others. They may then be used as they are.
   */
  readAll(values: readonly EventData[], fields?: readonly string[]): readonly EventData[] | undefined
}

type Decode = (value: unknown) => Result.Result<unknown, Schema.SchemaError>

export function eventReader(event: AnyEvent, version: number): EventReader {
  const { codec } = event.versions.get(version)!
  const current = event.versions.get(event.version)!.codec
  const steps = [...event.versions.values()].filter((each) => each.version >= version && each.up !== undefined)
  const decode: Decode = Schema.decodeUnknownResult(codec, { errors: "all" })
  const decodeAll = Schema.decodeUnknownResult(Schema.Array(codec))
  const conform: Decode = Schema.decodeUnknownResult(Schema.toType(current), { errors: "all" })
  const conformAll = Schema.decodeUnknownResult(Schema.Array(Schema.toType(current)))
  const { usable } = rowsChecks(codec.ast)
  const { clean } = rowsChecks(current.ast)
  const declared = fieldNames(codec.ast)
  const { keyField } = event

  const readOne = (value: unknown): Read => {
    const old = decode(value)
    if (Result.isFailure(old)) return { tag: "invalid", issues: plainIssues(old.failure.issue) }
    const raised = raise(old.success, steps, conform)
    if (raised.tag !== "read") return raised
    return keyed(raised.data, keyField, clean)
  }
  const decodeMany = (values: readonly EventData[], fields: readonly string[] | undefined) => {
    const known = usable !== undefined && fields?.every((name) => declared.has(name)) === true
    if (known) return usable(values) ? values : undefined
    const decoded = decodeAll(values)
    return Result.isSuccess(decoded) && (steps.length > 0 || clean(decoded.success as readonly EventData[]))
      ? decoded.success
      : undefined
  }
  const raiseMany = (old: readonly unknown[]): readonly EventData[] | undefined => {
    const raised = conformAll(old.map((each) => raiseThrough(each, steps)))
    if (Result.isFailure(raised)) return undefined
    const data = raised.success as readonly EventData[]
    return clean(data) ? data : undefined
  }
  const readMany = (values: readonly EventData[], fields: readonly string[] | undefined) => {
    const old = decodeMany(values, fields)
    if (old === undefined) return undefined
    const data = steps.length > 0 ? raiseMany(old) : (old as readonly EventData[])
    return data !== undefined && cleanKeys(data, keyField) ? data : undefined
  }
  return {
    type: event.type,
    version,
    current: event.version,
    keyField,
    read(value) {
      try {
        return readOne(value)
      } catch (error) {
        return {
          tag: "invalid",
          issues: [{ path: "", message: cut(`the schema's own code threw: ${explain(error)}`) }],
        }
      }
    },
    readAll(values, fields) {
      try {
        return readMany(values, fields)
      } catch {
        // A schema's own code threw; `read` says which event and why.
        return undefined
      }
    },
  }
}

function fieldNames(schema: AST.AST): ReadonlySet<string> {
  return new Set(AST.isObjects(schema) ? schema.propertySignatures.map(({ name }) => String(name)) : [])
}

function raiseThrough(data: unknown, steps: readonly EventVersion[]): unknown {
  let raised = data
  for (const { up } of steps) raised = up!(raised as never)
  return raised
}

function raise(data: unknown, steps: readonly EventVersion[], conform: Decode): Read {
  if (steps.length === 0) return { tag: "read", data: data as EventData }
  const from = steps[0]!.version
  try {
    const raised = conform(raiseThrough(data, steps))
    if (Result.isSuccess(raised)) return { tag: "read", data: raised.success as EventData }
    const [first] = plainIssues(raised.failure.issue)
    return { tag: "failed-up", from, reason: `gave ${first?.path ?? ""}: ${first?.message ?? "something else"}` }
  } catch (error) {
    return { tag: "failed-up", from, reason: cut(explain(error)) }
  }
}

function keyed(data: EventData, keyField: string, clean: RowsCheck): Read {
  const issue = clean([data]) ? undefined : textIssue(data)
  if (issue !== undefined) return { tag: "bad-text", issue }
  const trouble = keyTrouble(data[keyField])
  return trouble === undefined ? { tag: "read", data } : { tag: "bad-key", field: keyField, trouble }
}

function cleanKeys(all: readonly EventData[], keyField: string): boolean {
  for (let i = 0; i < all.length; i++) if (keyTrouble(all[i]![keyField]) !== undefined) return false
  return true
}
