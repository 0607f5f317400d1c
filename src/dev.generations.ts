/** Owns: which generations there are, which one code goes on with, and beginning one. Never: working one. */

import { generationKey } from "./actors/generation.ts"
import type { Settings } from "./base/config.ts"
import { Misuse } from "./base/errors.ts"
import type { Log } from "./streams/log.ts"
import { CONTROL_BUCKET, INGEST } from "./streams/names.ts"
import { dropGeneration } from "./streams/nats/generation.ts"
import { openNatsLog } from "./streams/nats/log.ts"
import { openSession } from "./streams/nats/session.ts"
import { openNatsStore } from "./streams/nats/store.ts"
import { applyTopology } from "./streams/nats/topology.ts"
import { type Store, StoreRefused } from "./streams/store.ts"
import { topologyOf } from "./topology.settings.ts"
import { connectNats } from "./wire/nats/connection.ts"

/** Number → the fingerprint it was begun with. */
export type Generations = ReadonlyMap<number, string>

/** The one that was begun with this very code, else the next. */
export function generationFor(fingerprint: string, known: Generations): number {
  const same = [...known].filter(([, pinned]) => pinned === fingerprint).map(([number]) => number)
  return Math.max(...(same.length > 0 ? same : [newestOf(known) + 1]))
}

/** 0: there is none. */
export const newestOf = (known: Generations): number => Math.max(0, ...known.keys())

export class GenerationBook {
  readonly #settings: Settings
  readonly #url: string

  constructor(settings: Settings, url: string) {
    this.#settings = settings
    this.#url = url
  }

  async known(): Promise<Generations> {
    const connection = await connectNats({ url: this.#url, name: "millrace-dev" })
    try {
      return await readGenerations(await openNatsStore({ connection, bucket: CONTROL_BUCKET }))
    } finally {
      await connection.close()
    }
  }

  /** Its streams are there, seeded from nothing but the log; of the others only `kept` stays. */
  async begin(generation: number, kept: number): Promise<void> {
    const connection = await connectNats({ url: this.#url, name: "millrace-dev" })
    try {
      await refuseTrimmed(await openNatsLog({ connection }))
      const control = await openNatsStore({ connection, bucket: CONTROL_BUCKET })
      const others = [...(await readGenerations(control)).keys()].filter((each) => each !== generation && each !== kept)
      const session = await openSession(connection)
      for (const other of others) await dropGeneration(session, control, other)
      await applyTopology({ connection, declared: topologyOf({ ...this.#settings, generation }) })
    } finally {
      await connection.close()
    }
  }
}

async function readGenerations(control: Store): Promise<Generations> {
  try {
    const entries = await control.list("generation")
    const pins = entries.map(({ key, value }) => [Number(key.split(".")[1]), key, value] as const)
    const own = pins.filter(([number, key]) => key === generationKey(number))
    return new Map(own.map(([number, , value]) => [number, Buffer.from(value).toString("utf8")]))
  } catch (error) {
    // Before the first start there is no such bucket.
    if (error instanceof StoreRefused) return new Map()
    throw error
  }
}

async function refuseTrimmed(log: Log): Promise<void> {
  const { first, messages } = await log.bounds(INGEST)
  if (first <= 1 || messages === 0) return
  throw new Misuse({
    operation: "begin a fresh generation",
    reason: `the log begins at sequence ${first} now: what stood before it cannot be computed again`,
    hint: "take the edit back, or begin with an empty MILLRACE_DIR",
  })
}
