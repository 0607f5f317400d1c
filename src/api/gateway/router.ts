/**
 * Owns: which route a request is for, and the answers when there is none.
 * Never: doing a route's work, or reading a request's body.
 */

import { type BodyReply, problem, type Reply } from "./reply.ts"

export type Method = "GET" | "POST"

export interface Asked {
  readonly method: Method
  readonly query: URLSearchParams
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
  /** The last segment, where the path ends in `*`. */
  readonly rest: string
}

export interface Route {
  /** As metrics name it: exact, or a prefix that ends in `*` for exactly one more segment. */
  readonly path: string
  readonly methods: readonly Method[]
  answer(asked: Asked): Reply | Promise<Reply>
}

export type Found =
  | { readonly kind: "route"; readonly route: Route; readonly method: Method; readonly rest: string }
  | { readonly kind: "refused"; readonly path: string; readonly reply: BodyReply }

/** HEAD is GET whose body is not sent; OPTIONS is answered from the table. */
export function findRoute(routes: readonly Route[], method: string | undefined, path: string): Found {
  const match = routes
    .map((route) => ({ route, rest: restOf(route.path, path) }))
    .find(({ rest }) => rest !== undefined)
  if (match?.rest === undefined) return { kind: "refused", path: "unknown", reply: notFound(routes, path) }
  const asGet = method === "HEAD" ? "GET" : method
  const known = match.route.methods.find((candidate) => candidate === asGet)
  if (known === undefined) return { kind: "refused", path: match.route.path, reply: wrongMethod(match.route, method) }
  return { kind: "route", route: match.route, method: known, rest: match.rest }
}

function restOf(pattern: string, path: string): string | undefined {
  if (!pattern.endsWith("*")) return pattern === path ? "" : undefined
  const prefix = pattern.slice(0, -1)
  const rest = path.startsWith(prefix) ? path.slice(prefix.length) : ""
  return rest === "" || rest.includes("/") ? undefined : rest
}

function notFound(routes: readonly Route[], path: string): BodyReply {
  const known = routes.map((route) => route.path).join(", ")
  return problem({ status: 404, code: "NOT_FOUND", detail: `Nothing is at ${path}.`, hint: `There are ${known}.` })
}

function wrongMethod(route: Route, method: string | undefined): BodyReply {
  const allow = [...route.methods, ...(route.methods.includes("GET") ? ["HEAD"] : []), "OPTIONS"].join(", ")
  if (method === "OPTIONS") return { kind: "body", status: 204, headers: { allow }, body: "" }
  const detail = `${route.path} does not take ${method ?? "this method"}; it takes ${allow}.`
  return problem({ status: 405, code: "METHOD_NOT_ALLOWED", detail, headers: { allow } })
}
