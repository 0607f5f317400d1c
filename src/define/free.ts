/** Owns: the free form's plain definition: its state's codec and columns. Never: running it. */

import * as Schema from "effect/Schema"
import * as AST from "effect/SchemaAST"
import { columnOf } from "./column.ts"
import type { Field, FreeDefinition } from "./definition.ts"
import type { Encoded } from "./measures/measure.ts"
import { fieldOf } from "./parts.ts"
import type { Written } from "./written.ts"

export function freeOf({ state, initial, reduce, onTimer, unordered = false }: Written): FreeDefinition {
  const codec = Schema.isSchema(state) ? Schema.toCodecJson(state) : Schema.Never
  return Object.freeze({
    initial,
    reduce: reduce as FreeDefinition["reduce"],
    onTimer: onTimer as FreeDefinition["onTimer"],
    unordered,
    encode: Schema.encodeUnknownSync(codec) as (state: unknown) => Encoded,
    decode: Schema.decodeUnknownSync(codec),
  })
}

/** The state's fields are the row's. */
export function stateFields({ state }: Written): readonly Field[] {
  if (!Schema.isSchema(state) || !AST.isObjects(state.ast)) return []
  const type = AST.toType(state.ast)
  const properties = AST.isObjects(type) ? type.propertySignatures : []
  return properties.map((property) => {
    const nullable = mayBeMissing(property.type)
    const described = {
      type: columnOf(property.type),
      nullable,
      approximate: false,
      unit: undefined,
      description: undefined,
    }
    return fieldOf(String(property.name), described, "state")
  })
}

function mayBeMissing(ast: AST.AST): boolean {
  if (AST.isOptional(ast) || AST.isNull(ast) || AST.isUndefined(ast)) return true
  return AST.isUnion(ast) && ast.types.some(mayBeMissing)
}
