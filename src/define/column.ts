/**
 * Owns: the few types a value has in a row, read from a schema, and back. Never: what a database calls them.
 */

import * as Schema from "effect/Schema"
import * as AST from "effect/SchemaAST"
import type { AnyEvent } from "./event.ts"

export type ColumnType = "text" | "long" | "double" | "decimal" | "boolean" | "time" | "json"

type ValueSchema = Schema.Codec<unknown, unknown, never, never>

/** The type of a field in every one of the events; json where they differ or it is not a plain value. */
export function fieldColumn(events: readonly AnyEvent[], field: string): ColumnType {
  const types = new Set(events.map((event) => columnOf(propertyOf(dataAst(event), field))))
  const [type] = types
  return types.size === 1 && type !== undefined ? type : "json"
}

export function columnOf(ast: AST.AST | undefined): ColumnType {
  if (ast === undefined) return "json"
  const type = AST.toType(ast)
  if (AST.isString(type) || AST.isTemplateLiteral(type)) return "text"
  if (AST.isNumber(type)) return "double"
  if (AST.isBoolean(type)) return "boolean"
  if (AST.isLiteral(type)) return typeof type.literal === "string" ? "text" : "json"
  if (AST.isUnion(type)) return unionColumn(type.types)
  return type === AST.toType(Schema.Date.ast) ? "time" : "json"
}

function unionColumn(members: readonly AST.AST[]): ColumnType {
  const types = new Set(members.filter((ast) => !AST.isNull(ast) && !AST.isUndefined(ast)).map(columnOf))
  const [type] = types
  return types.size === 1 && type !== undefined ? type : "json"
}

/** The current version's data, as code sees it. */
export function dataAst(event: AnyEvent): AST.AST {
  return AST.toType(event.versions.get(event.version)!.codec.ast)
}

export function propertyOf(ast: AST.AST, name: string): AST.AST | undefined {
  if (!AST.isObjects(ast)) return undefined
  return ast.propertySignatures.find((property) => property.name === name)?.type
}

const VALUES: Readonly<Record<ColumnType, ValueSchema>> = {
  text: Schema.String,
  long: Schema.Finite,
  double: Schema.Finite,
  decimal: Schema.Finite,
  boolean: Schema.Boolean,
  time: Schema.Date,
  json: Schema.Json,
}

/** Of what a row holds, in the data of `<actor>.closed`. */
export function columnSchema(type: ColumnType, nullable: boolean): ValueSchema {
  return nullable ? Schema.NullOr(VALUES[type]) : VALUES[type]
}
