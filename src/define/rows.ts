/**
 * Owns: one compiled look over many flat rows at once: do they have the shape and checks of a schema whose wire form is
 * its own form, and is every text in them clean? Then they can be used as they are: not copied, not looked at again.
 * Never: saying what is wrong (reader.ts reads such an event by itself), or rows with fields the schema does not name.
 *
 * Compiled, because what stands in for it costs more than reading the bytes did: a loop over field names reads each
 * field by name, and a decoder copies each row into a new object, field by field.
 *
 * W1 a row it lets pass is one the schema decodes to itself, without an issue in its text.
 */

import * as Schema from "effect/Schema"
import * as AST from "effect/SchemaAST"
import { textIssue } from "./validate.ts"

type Row = Readonly<Record<string, unknown>>
export type RowsCheck = (rows: readonly Row[]) => boolean

export interface RowsChecks {
  /**
   * Whether rows whose texts were read from UTF-8 (so none holds half a surrogate pair) can be used as they are; nothing
   * when the schema is none of which that can be said.
   */
  readonly usable: RowsCheck | undefined
  /** For rows that were decoded: whether every text in them is clean. */
  readonly clean: RowsCheck
}

export function rowsChecks(schema: AST.AST): RowsChecks {
  const type = AST.toType(schema)
  if (!AST.isObjects(type) || type.indexSignatures.length > 0) return { usable: undefined, clean: cleanOneByOne }
  const fields = type.propertySignatures.map(({ name, type: field }) => ({ name: String(name), type: field }))
  const flat =
    AST.toEncoded(schema) === schema && type.checks === undefined && fields.every((each) => isFlat(each.type))
  return {
    usable: flat ? compiled(fields, usableField) : undefined,
    clean: compiled(fields, cleanField) ?? cleanOneByOne,
  }
}

function cleanOneByOne(rows: readonly Row[]): boolean {
  return rows.every((row) => textIssue(row) === undefined)
}

interface Field {
  readonly name: string
  readonly type: AST.AST
}

/** The condition under which the value `v` is wrong; `is` and `issue` are there for what has no quick test. */
type Wrong = (field: AST.AST, is: string) => string | undefined

const HAS_NUL = `v.includes("\\0")`

const usableField: Wrong = (field, is) => {
  if (AST.isString(field) && field.checks === undefined) return `typeof v !== "string" || ${HAS_NUL}`
  if (AST.isBoolean(field) && field.checks === undefined) return `typeof v !== "boolean"`
  if (isPlainFinite(field)) return "!Number.isFinite(v)"
  return `!${is}(v) || issue(v) !== undefined`
}

const cleanField: Wrong = (field) => {
  if (AST.isString(field)) return `typeof v === "string" && (${HAS_NUL} || !v.isWellFormed())`
  return AST.isNumber(field) || AST.isBoolean(field) ? undefined : "issue(v) !== undefined"
}

/** `Schema.Finite`, annotated or not. */
function isPlainFinite(field: AST.AST): boolean {
  const own = Schema.Finite.ast.checks?.[0]
  const [check, ...more] = field.checks ?? []
  return (
    AST.isNumber(field) &&
    more.length === 0 &&
    check?._tag === "Filter" &&
    own?._tag === "Filter" &&
    check.run === own.run
  )
}

/** Nothing in it is stripped on the way in. */
function isFlat(field: AST.AST): boolean {
  if (AST.isUnion(field)) return field.types.every(isFlat)
  if (AST.isArrays(field)) return [...field.elements, ...field.rest].every(isFlat)
  return AST.isString(field) || AST.isNumber(field) || AST.isBoolean(field) || AST.isNull(field) || AST.isLiteral(field)
}

/** Nothing where code may not be made from text. */
function compiled(fields: readonly Field[], wrong: Wrong): RowsCheck | undefined {
  const tests = fields.map(({ type }) => Schema.is(Schema.make(type)))
  const lines = fields.flatMap(({ name, type }, at) => {
    const condition = wrong(type, `tests[${at}]`)
    const absent = AST.isOptional(type) ? `(v !== undefined || ${JSON.stringify(name)} in row) && ` : ""
    return condition === undefined
      ? []
      : [`v = row[${JSON.stringify(name)}]; if (${absent}(${condition})) return false`]
  })
  const loop = `for (let i = 0; i < rows.length; i++) { const row = rows[i]; let v; ${lines.join("; ")} }`
  try {
    return new Function("tests", "issue", `return (rows) => { ${loop} return true }`)(tests, textIssue) as RowsCheck
  } catch (error) {
    if (error instanceof EvalError) return undefined
    throw error
  }
}
