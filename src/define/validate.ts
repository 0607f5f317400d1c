/**
 * Owns: the rules every event obeys whatever its schema, and saying what is wrong in bounded, plain words.
 * Never: showing the values that were refused (they may be secrets).
 */

import * as SchemaIssue from "effect/SchemaIssue"
import { Failure } from "../base/errors.ts"
import { EVENT_KEY_CHARS_MAX, ISSUE_MESSAGE_CHARS_MAX, ISSUES_PER_EVENT_MAX, NESTING_MAX } from "../base/limits.ts"

export interface Issue {
  /** "user.tags.0"; empty for the event as a whole. */
  readonly path: string
  readonly message: string
}

/** An event was made with data that its own schema refuses: the same call will fail again. */
export class InvalidEvent extends Failure {
  override readonly name = "InvalidEvent"
  readonly tag = "InvalidEvent"
  readonly verdict = "refuse"
  readonly type: string
  readonly issues: readonly Issue[]
  constructor(type: string, issues: readonly Issue[]) {
    super({ operation: `making a ${type}`, reason: issuesText(issues) })
    this.type = type
    this.issues = issues
  }
}

export function issuesText(issues: readonly Issue[]): string {
  return issues.map(({ path, message }) => (path === "" ? message : `${path}: ${message}`)).join("; ")
}

const format = SchemaIssue.makeFormatterStandardSchemaV1()

export function plainIssues(issue: SchemaIssue.Issue): readonly Issue[] {
  return format(issue)
    .issues.slice(0, ISSUES_PER_EVENT_MAX)
    .map(({ path, message }) => ({ path: pathText(path ?? []), message: cut(message) }))
}

function pathText(path: readonly (PropertyKey | { readonly key: PropertyKey })[]): string {
  return cut(path.map((part) => String(typeof part === "object" ? part.key : part)).join("."))
}

export function cut(text: string): string {
  return text.length <= ISSUE_MESSAGE_CHARS_MAX ? text : `${text.slice(0, ISSUE_MESSAGE_CHARS_MAX - 1)}…`
}

/** What is wrong with a key, in words that follow its field's name. */
export function keyTrouble(key: unknown): string | undefined {
  if (typeof key !== "string") return "the key must be a string"
  if (key === "") return "the key is empty"
  return key.length > EVENT_KEY_CHARS_MAX ? `the key is longer than ${EVENT_KEY_CHARS_MAX} characters` : undefined
}

/**
 * The first string (or field name) that no sink could hold: PostgreSQL knows no NUL, and half a surrogate pair has no
 * UTF-8. Looks into plain values only, and not deeper than a body may be nested.
 */
export function textIssue(value: unknown, path = "", depth = 0): Issue | undefined {
  if (typeof value === "string") return stringIssue(value, path)
  if (typeof value !== "object" || value === null) return undefined
  if (depth > NESTING_MAX) return { path, message: `is nested deeper than ${NESTING_MAX}` }
  if (!Array.isArray(value) && !isPlain(value)) return undefined
  for (const [name, part] of Object.entries(value)) {
    const at = cut(path === "" ? name : `${path}.${name}`)
    const found = stringIssue(name, path) ?? textIssue(part, at, depth + 1)
    if (found !== undefined) return found
  }
  return undefined
}

function stringIssue(text: string, path: string): Issue | undefined {
  if (text.includes("\0")) return { path, message: "holds a NUL character" }
  return text.isWellFormed() ? undefined : { path, message: "holds half of a surrogate pair" }
}

function isPlain(value: object): boolean {
  const prototype = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}
