/**
 * Owns: reading from the log where each published event is, by arithmetic of its own.
 * Never: using the code it judges to do so, beyond the public batch format.
 */

import type { Headers, Stored } from "../../streams/log.ts"
import { decodeBatch } from "../../wire/batch.ts"

export interface Place {
  readonly sequence: number
  readonly index: number
  readonly lane: number
  readonly arrivedAt: number
  /** The event's. */
  readonly id: string
  /** The id of the message that it came in. */
  readonly message: string
}

export interface Found extends Place {
  readonly tenant: string
  readonly type: string
  /** The event's own, in its data: its place in the ledger. */
  readonly number: number
}

/** Or why the message cannot be read. */
export function eventsOf({ subject, sequence, arrivedAt, headers, body }: Stored): readonly Found[] | string {
  const [root, laneText, tenant, kind, ...more] = subject.split(".")
  if (root !== "log" || tenant === undefined || kind === undefined || more.length > 0) return "a stray"
  const place = { sequence, arrivedAt, lane: Number(laneText), tenant }
  if (kind !== "_batch") {
    const number = numberIn(JSON.parse(new TextDecoder().decode(body)))
    const id = headerOf(headers, "millrace-id")
    const message = headerOf(headers, "nats-msg-id") ?? ""
    if (number === undefined || id === undefined) return "an event without a number or an id"
    return [{ ...place, index: 0, type: kind, id, message, number }]
  }
  const batch = decodeBatch(body)
  if (batch.tag === "bad") return batch.reason
  const found = batch.events.flatMap(({ type, id, data }, index) => {
    const number = numberIn(data)
    return number === undefined ? [] : [{ ...place, index, type, id, message: `${tenant}/${batch.id}`, number }]
  })
  return found.length === batch.events.length ? found : "a batch with an event without a number"
}

function numberIn(data: unknown): number | undefined {
  const number: unknown = typeof data === "object" && data !== null ? Reflect.get(data, "number") : undefined
  return typeof number === "number" ? number : undefined
}

function headerOf(headers: Headers, lowerCaseName: string): string | undefined {
  return Object.entries(headers).find(([name]) => name.toLowerCase() === lowerCaseName)?.[1]
}

const LANES = 16n
const TO_ENCODE = /[.*>% ]/g

const lanes = new Map<string, number>()

/** Remembered: there are few keys in a scenario, and many events. */
export function laneByHand(tenant: string, key: string): number {
  const name = `${tenant} ${key}`
  const lane = lanes.get(name) ?? countLane(tenant, key)
  lanes.set(name, lane)
  return lane
}

/** FNV-1a over tenant and percent-encoded key, in whole numbers without limit. */
function countLane(tenant: string, key: string): number {
  const token = key.replace(TO_ENCODE, (unit) => `%${unit.charCodeAt(0).toString(16).toUpperCase()}`)
  let hash = 2_166_136_261n
  for (const byte of new TextEncoder().encode(tenant + token)) {
    hash = ((hash ^ BigInt(byte)) * 16_777_619n) % 4_294_967_296n
  }
  return Number(hash % LANES)
}
