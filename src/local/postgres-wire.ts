/**
 * Owns: just enough of Postgres's protocol to ask a local server, without a password, whether it is ready, and to have
 * it run one statement. Never: rows' contents, or anything the sinks need (they have a library).
 */

import { Unreachable } from "../base/errors.ts"
import { exchange } from "./readiness.ts"

export interface PostgresPlace {
  readonly port: number
  readonly user: string
  readonly database: string
}

interface Message {
  readonly tag: string
  readonly body: Buffer
}

const PROTOCOL_3 = 196_608
const READY = "Z"
const ERROR = "E"
const ROW = "D"

/** Runs one statement; resolves to how many rows it answered with. Without one, only asks whether it accepts. */
export async function askPostgres(place: PostgresPlace, statement?: string, withinMs?: number): Promise<number> {
  let asked = statement === undefined
  return exchange(
    place.port,
    {
      request: startup(place),
      read(received, socket) {
        const messages = parse(received)
        const error = messages.find(({ tag }) => tag === ERROR)
        if (error !== undefined) throw refusal(place, error)
        const readies = messages.filter(({ tag }) => tag === READY).length
        if (readies === 0) return undefined
        if (!asked) {
          asked = true
          socket.write(query(statement!))
        }
        const wanted = statement === undefined ? 1 : 2
        return readies < wanted ? undefined : messages.filter(({ tag }) => tag === ROW).length
      },
    },
    withinMs,
  )
}

function startup({ user, database }: PostgresPlace): Buffer {
  const parameters = Buffer.from(`user\0${user}\0database\0${database}\0\0`)
  const head = Buffer.alloc(8)
  head.writeInt32BE(8 + parameters.length, 0)
  head.writeInt32BE(PROTOCOL_3, 4)
  return Buffer.concat([head, parameters])
}

function query(statement: string): Buffer {
  const text = Buffer.from(`${statement}\0`)
  const head = Buffer.alloc(5)
  head.write("Q", 0)
  head.writeInt32BE(4 + text.length, 1)
  return Buffer.concat([head, text])
}

/** The whole messages among what came so far. */
function parse(received: Buffer): Message[] {
  const messages: Message[] = []
  for (let at = 0; at + 5 <= received.length; ) {
    const end = at + 1 + received.readInt32BE(at + 1)
    if (end > received.length) break
    messages.push({ tag: received.toString("latin1", at, at + 1), body: received.subarray(at + 5, end) })
    at = end
  }
  return messages
}

/** An error's fields are a letter and a text each; M is the message for people. */
function refusal({ port, database }: PostgresPlace, { body }: Message): Unreachable {
  const fields = new Map(
    body
      .toString("utf8")
      .split("\0")
      .map((field) => [field.slice(0, 1), field.slice(1)]),
  )
  const reason = `${fields.get("M")} (${fields.get("C")})`
  return new Unreachable({ operation: `ask Postgres on port ${port}, database ${database}`, reason })
}
