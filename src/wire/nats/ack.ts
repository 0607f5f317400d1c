/**
 * Owns: reading JetStream's answer to a publish. Never: deciding whether to try again.
 * The usual answer, `{"stream":"INGEST","seq":42}`, is read without JSON.parse: it comes once a message.
 */

export type Reply =
  /** In the log. `duplicate`: it was there before, at this sequence, and was not stored again. */
  | { readonly tag: "stored"; readonly stream: string; readonly sequence: number; readonly duplicate: boolean }
  /** The server says no, and stored nothing. `code`: JetStream's own number, 0 where there is none. */
  | { readonly tag: "rejected"; readonly code: number; readonly status: number; readonly description: string }
  /** No answer. `maybeStored` is false where it certainly was not. */
  | { readonly tag: "unknown"; readonly reason: string; readonly maybeStored: boolean }

const PREFIX = '{"stream":"'
const SEQUENCE = '","seq":'
const CLOSE = 0x7d
const ZERO = 0x30
/** More digits could pass 2^53. */
const DIGITS_MAX = 15

/** A reader that remembers the beginning of the last answer: one publisher mostly hears of one stream. */
export function ackReader(): (body: Uint8Array) => Reply {
  let beginning: Uint8Array = new Uint8Array(0)
  let stream = ""
  return (body) => {
    const sequence = startsWith(body, beginning) ? plainSequence(body, beginning.length) : -1
    if (sequence >= 0) return { tag: "stored", stream, sequence, duplicate: false }
    const reply = readAck(body)
    if (reply.tag === "stored" && reply.stream !== stream) {
      stream = reply.stream
      beginning = new TextEncoder().encode(`${PREFIX}${stream}${SEQUENCE}`)
    }
    return reply
  }
}

function startsWith(body: Uint8Array, beginning: Uint8Array): boolean {
  if (beginning.length === 0 || body.length <= beginning.length) return false
  for (let i = 0; i < beginning.length; i++) if (body[i] !== beginning[i]) return false
  return true
}

/** The digits up to a closing brace at the very end, or -1. */
function plainSequence(body: Uint8Array, from: number): number {
  const end = body.length - 1
  if (end - from < 1 || end - from > DIGITS_MAX || body[end] !== CLOSE) return -1
  let value = 0
  for (let i = from; i < end; i++) {
    const digit = body[i]! - ZERO
    if (digit < 0 || digit > 9) return -1
    value = value * 10 + digit
  }
  return value
}

export function readAck(body: Uint8Array): Reply {
  const answer = parsed(body)
  const error = objectIn(answer, "error")
  if (error !== undefined) {
    return {
      tag: "rejected",
      code: numberIn(error, "err_code") ?? 0,
      status: numberIn(error, "code") ?? 0,
      description: textIn(error, "description") ?? "no reason given",
    }
  }
  const stream = textIn(answer, "stream")
  const sequence = numberIn(answer, "seq")
  if (stream === undefined || sequence === undefined) {
    return { tag: "unknown", reason: "the answer is not a JetStream acknowledgement", maybeStored: true }
  }
  return { tag: "stored", stream, sequence, duplicate: Reflect.get(answer, "duplicate") === true }
}

function parsed(body: Uint8Array): object {
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(body))
    return typeof value === "object" && value !== null ? value : {}
  } catch (error) {
    if (error instanceof SyntaxError) return {}
    throw error
  }
}

function objectIn(from: object, name: string): object | undefined {
  const value: unknown = Reflect.get(from, name)
  return typeof value === "object" && value !== null ? value : undefined
}

function textIn(from: object, name: string): string | undefined {
  const value: unknown = Reflect.get(from, name)
  return typeof value === "string" ? value : undefined
}

function numberIn(from: object, name: string): number | undefined {
  const value: unknown = Reflect.get(from, name)
  return typeof value === "number" ? value : undefined
}
