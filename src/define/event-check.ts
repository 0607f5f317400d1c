/**
 * Owns: what makes a declared event unusable, said once more at start for what the compiler could not see (or was told
 * to ignore): the event, the field, and what would be right. Never: making the event.
 */

import * as Schema from "effect/Schema"
import * as AST from "effect/SchemaAST"
import { Misuse } from "../base/errors.ts"
import { EVENT_TYPE_CHARS_MAX, NESTING_MAX } from "../base/limits.ts"

const TYPE_TOKEN = /^[a-z][a-z0-9_]*$/

interface Declared {
  readonly version: number
  readonly key: string
  readonly data: unknown
  readonly from?: Readonly<Record<string, unknown>>
  readonly pinned?: number
}

/** The first thing that is wrong, from the outside in; nothing when the event can be used. */
export function eventMisuse(type: string, declared: Declared): Misuse | undefined {
  const operation = `event(${JSON.stringify(type)})`
  const checks = [typeTrouble, versionTrouble, schemaTrouble, olderTrouble, pinnedTrouble, keyFieldTrouble]
  for (const check of checks) {
    const trouble = check(type, declared)
    if (trouble !== undefined) return new Misuse({ operation, reason: trouble.reason, hint: trouble.hint })
  }
  return undefined
}

interface Trouble {
  readonly reason: string
  readonly hint: string
}

export function typeTrouble(type: string): Trouble | undefined {
  const hint = `use lower-case letters, digits and _, starting with a letter, at most ${EVENT_TYPE_CHARS_MAX} of them`
  if (typeof type !== "string") return { reason: "the type is not a string", hint }
  if (type.startsWith("_")) return { reason: "types starting with _ are reserved", hint }
  if (!TYPE_TOKEN.test(type)) return { reason: "the type cannot be a subject token and a name in every sink", hint }
  return type.length > EVENT_TYPE_CHARS_MAX ? { reason: "the type is too long", hint } : undefined
}

function versionTrouble(_: string, { version }: Declared): Trouble | undefined {
  if (Number.isSafeInteger(version) && version >= 1) return undefined
  return { reason: `version ${version} is not a version`, hint: "versions are 1, 2, 3 and so on" }
}

function schemaTrouble(_: string, { data }: Declared): Trouble | undefined {
  return dataTrouble("data", data)
}

function dataTrouble(where: string, data: unknown): Trouble | undefined {
  if (!Schema.isSchema(data) || !AST.isObjects(data.ast)) {
    return { reason: `${where} is not a Schema.Struct`, hint: `write ${where}: Schema.Struct({ … })` }
  }
  const names = data.ast.propertySignatures.map(({ name }) => String(name))
  const reserved = names.find((name) => name.startsWith("_") || name === "" || name.includes("\0"))
  if (reserved !== undefined) {
    const hint = "name it so that it does not start with _ and is not empty"
    return { reason: `${where} has the reserved field ${JSON.stringify(reserved)}`, hint }
  }
  const opaque = data.ast.propertySignatures.find(({ type }) => isOpaque(type, 0))
  if (opaque === undefined) return undefined
  const hint = "use a schema that has a JSON form, or give it one with Schema.decodeTo"
  return { reason: `${where}: ${JSON.stringify(String(opaque.name))} cannot be written as JSON`, hint }
}

/** Somebody's own class without a codec: it would encode to nothing that can travel, and never decode. */
function isOpaque(ast: AST.AST, depth: number): boolean {
  if (depth > NESTING_MAX || ast.encoding !== undefined) return false
  if (AST.isDeclaration(ast)) return (ast.annotations?.toCodecJson ?? ast.annotations?.toCodec) === undefined
  if (AST.isUnion(ast)) return ast.types.some((type) => isOpaque(type, depth + 1))
  if (AST.isArrays(ast)) return [...ast.elements, ...ast.rest].some((type) => isOpaque(type, depth + 1))
  return AST.isObjects(ast) && ast.propertySignatures.some(({ type }) => isOpaque(type, depth + 1))
}

function olderTrouble(_: string, { version, from }: Declared): Trouble | undefined {
  const older = Object.keys(from ?? {})
    .map(Number)
    .sort((a, b) => a - b)
  const strange = older.find((each) => !Number.isSafeInteger(each) || each < 1 || each >= version)
  if (strange !== undefined) {
    return { reason: `from has version ${strange}`, hint: `it holds versions older than the current one, ${version}` }
  }
  const gap = older.find((each, i) => (older[i + 1] ?? version) !== each + 1)
  if (gap !== undefined) {
    return { reason: `from goes from version ${gap} to a gap`, hint: `add version ${gap + 1}: { data, up }` }
  }
  for (const each of older) {
    const trouble = stepTrouble(each, from?.[each])
    if (trouble !== undefined) return trouble
  }
  return undefined
}

function stepTrouble(version: number, step: unknown): Trouble | undefined {
  const has = (name: string) => typeof step === "object" && step !== null && name in step
  const up = has("up") ? (step as { readonly up: unknown }).up : undefined
  if (typeof up !== "function") {
    const hint = `write ${version}: { data, up: (old) => ({ … }) } that returns version ${version + 1}`
    return { reason: `from.${version} has no way up`, hint }
  }
  return dataTrouble(`from.${version}.data`, has("data") ? (step as { readonly data: unknown }).data : undefined)
}

function pinnedTrouble(_: string, { version, from, pinned = 1 }: Declared): Trouble | undefined {
  const known = [...Object.keys(from ?? {}).map(Number), version]
  if (known.includes(pinned)) return undefined
  const reason = `messages that name no version are read as version ${pinned}, which is not declared`
  return { reason, hint: `declare it in from, or set pinned to one of ${known.join(", ")}` }
}

function keyFieldTrouble(_: string, { key, data }: Declared): Trouble | undefined {
  if (!Schema.isSchema(data) || !AST.isObjects(data.ast)) return undefined
  const fields = data.ast.propertySignatures
  const field = fields.find(({ name }) => name === key)
  const strings = fields.filter(({ type }) => isText(type)).map(({ name }) => String(name))
  const hint = strings.length > 0 ? `use one of ${strings.join(", ")}` : "give it a field with a required string"
  if (field === undefined) return { reason: `key ${JSON.stringify(key)} is not a field of data`, hint }
  return isText(field.type) ? undefined : { reason: `key ${JSON.stringify(key)} is not a required string`, hint }
}

function isText(ast: AST.AST): boolean {
  const type = AST.toType(ast)
  if (AST.isOptional(type)) return false
  if (AST.isUnion(type)) return type.types.every(isText)
  if (AST.isLiteral(type)) return typeof type.literal === "string"
  return AST.isString(type) || AST.isTemplateLiteral(type)
}
