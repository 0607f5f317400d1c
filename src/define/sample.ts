/**
 * Owns: an example of an event's data, from its schema, to try functions on at start (which fields does this key have?).
 * Never: examples that satisfy checks; nothing is decided by the values.
 */

import * as AST from "effect/SchemaAST"
import { dataAst } from "./column.ts"
import type { AnyEvent } from "./event.ts"

const DEPTH_MAX = 8
const WORDS = "some example words"

export function sampleOf(event: AnyEvent): Readonly<Record<string, unknown>> {
  const data = sample(dataAst(event), 0)
  return { ...(typeof data === "object" ? data : {}), _tag: event.type }
}

function sample(ast: AST.AST, depth: number): unknown {
  if (depth > DEPTH_MAX) return undefined
  if (AST.isObjects(ast)) {
    return Object.fromEntries(ast.propertySignatures.map(({ name, type }) => [name, sample(type, depth + 1)]))
  }
  if (AST.isArrays(ast)) return [...ast.elements, ...ast.rest.slice(0, 1)].map((each) => sample(each, depth + 1))
  if (AST.isUnion(ast)) return ast.types.map((each) => sample(each, depth + 1)).find((each) => each != null)
  if (AST.isSuspend(ast)) return sample(ast.thunk(), depth + 1)
  if (AST.isLiteral(ast)) return ast.literal
  return plainSample(ast)
}

function plainSample(ast: AST.AST): unknown {
  if (AST.isString(ast) || AST.isTemplateLiteral(ast)) return WORDS
  if (AST.isNumber(ast)) return 1
  if (AST.isBigInt(ast)) return 1n
  if (AST.isBoolean(ast)) return true
  return AST.isDeclaration(ast) ? new Date(0) : undefined
}
