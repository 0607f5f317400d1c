/** Owns: what a route answers, as a value. Never: sockets (see send.ts). */

import { STATUS_CODES } from "node:http"

export type Reply = BodyReply | StreamReply

export interface BodyReply {
  readonly kind: "body"
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | Uint8Array
}

/** Sent chunk by chunk, at the pace of the client. The signal fires when the client goes or the gateway drains. */
export interface StreamReply {
  readonly kind: "stream"
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly chunks: (signal: AbortSignal) => AsyncIterable<string>
  /** Sent last when the gateway drains, so that the client knows it was not cut off. */
  readonly farewell: string
}

export interface Problem {
  readonly status: number
  /** What happened, for a person. */
  readonly detail: string
  /** A short name that programs may compare. */
  readonly code: string
  readonly hint?: string
  readonly headers?: Readonly<Record<string, string>>
}

export function json(status: number, value: unknown): BodyReply {
  const headers = { "content-type": "application/json; charset=utf-8" }
  return { kind: "body", status, headers, body: `${JSON.stringify(value)}\n` }
}

/** RFC 9457. */
export function problem({ status, detail, code, hint, headers }: Problem): BodyReply {
  const title = STATUS_CODES[status] ?? "Error"
  const document = { type: "about:blank", title, status, detail, code, ...(hint === undefined ? {} : { hint }) }
  return {
    kind: "body",
    status,
    headers: { "content-type": "application/problem+json", ...headers },
    body: `${JSON.stringify(document)}\n`,
  }
}
