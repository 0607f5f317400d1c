/**
 * The store port on a JetStream key-value bucket, in the layout that other clients know (`$KV.<bucket>.<key>`).
 * Owns: compare-and-set, expiry and removal by headers. Never: the bucket's settings (streams/topology.ts), watches,
 * or the clients' own `update`, which drops a key's time to live.
 */

import type { Clock } from "../../base/clock.ts"
import { LIST_GETS_IN_FLIGHT_MAX, STREAM_ANSWER_WITHIN_MS } from "../../base/limits.ts"
import type { NatsConnection } from "../../wire/nats/connection.ts"
import { type Fields, makePublisher, type Publisher } from "../../wire/nats/publisher.ts"
import type { Headers } from "../log.ts"
import { bucketStream, bucketSubject } from "../names.ts"
import { assertKey, assertTtl, type Entry, type Store, type WriteOptions } from "../store.ts"
import { failureOf, type Outcome, outcomeOfReply } from "./errors.ts"
import { newestOfEach } from "./newest.ts"
import { ask, openSession, type Session } from "./session.ts"
import { storedOf } from "./stored.ts"

export interface NatsStoreOptions {
  readonly connection: NatsConnection
  readonly bucket: string
  readonly clock?: Clock
}

const FENCE = "Nats-Expected-Last-Subject-Sequence"
const OPERATION = "KV-Operation"
const MARKER_REASON = "Nats-Marker-Reason"
const REMOVAL: Fields = { [OPERATION]: "PURGE", "Nats-Rollup": "sub" }
const EMPTY = new Uint8Array(0)

export async function openNatsStore({ connection, bucket, clock }: NatsStoreOptions): Promise<NatsStore> {
  return new NatsStore(await openSession(connection, clock), bucket)
}

interface Newest {
  readonly entry: Entry
  readonly headers: Headers
}

type Written = { readonly revision: number } | Outcome

export class NatsStore implements Store {
  readonly #session: Session
  readonly #bucket: string
  readonly #stream: string
  readonly #publisher: Publisher

  constructor(session: Session, bucket: string) {
    this.#session = session
    this.#bucket = bucket
    this.#stream = bucketStream(bucket)
    this.#publisher = makePublisher(session.connection, { timeoutMs: STREAM_ANSWER_WITHIN_MS, clock: session.clock })
  }

  async get(key: string): Promise<Entry | undefined> {
    assertKey(key)
    return this.#live(key)
  }

  async put(key: string, value: Uint8Array, { revision, ttlMs }: WriteOptions = {}): Promise<number> {
    assertKey(key)
    assertTtl(ttlMs)
    const ttl: Fields = ttlMs === undefined ? {} : { "Nats-TTL": `${Math.ceil(ttlMs / 1000)}s` }
    return this.#compareAndWrite(`put ${key} of ${this.#bucket}`, key, value, ttl, revision)
  }

  async remove(key: string, revision?: number): Promise<void> {
    assertKey(key)
    const operation = `remove ${key} of ${this.#bucket}`
    if (revision === undefined) await this.#purge(operation, key)
    else await this.#compareAndWrite(operation, key, EMPTY, REMOVAL, revision)
  }

  /** Leaves no marker behind: snapshots remove keys that never come again, and each that is there costs memory. */
  async #purge(operation: string, key: string): Promise<void> {
    const filter = bucketSubject(this.#bucket, key)
    await ask("store", operation, this.#session, () => this.#session.manager.streams.purge(this.#stream, { filter }))
  }

  async keys(prefix: string): Promise<readonly string[]> {
    if (prefix !== "") assertKey(prefix)
    const below = await this.#keysBelow(prefix === "" ? ">" : `${prefix}.>`)
    return prefix === "" || (await this.#live(prefix)) === undefined ? below : [prefix, ...below]
  }

  /**
   * A consumer of each key's newest message brings nearly all, and fast; but where a key is overwritten meanwhile the
   * server takes its end for the list's (2.15), so what is on the leader's list of names and did not come is got singly.
   */
  async list(prefix: string): Promise<readonly Entry[]> {
    if (prefix !== "") assertKey(prefix)
    const below = prefix === "" ? ">" : `${prefix}.>`
    const keys = await this.#keysBelow(below)
    const came = keys.length > LIST_GETS_IN_FLIGHT_MAX ? await this.#newestBelow(below) : new Map<string, Newest>()
    const missing = keys.filter((key) => !came.has(key))
    const single = await this.#getAll(prefix === "" ? missing : [prefix, ...missing])
    const entries = [...came.values()].flatMap(({ entry, headers }) => (isMarker(headers) ? [] : entry))
    return [...entries, ...single].toSorted((a, b) => a.revision - b.revision)
  }

  /** Settles what is in flight as away. The connection stays open. */
  close(): void {
    this.#publisher.close()
  }

  /** For the server a removed or expired key is one whose last message is a marker, with a revision of its own. */
  async #compareAndWrite(
    operation: string,
    key: string,
    value: Uint8Array,
    fields: Fields,
    revision: number | undefined,
  ): Promise<number> {
    const written = await this.#write(key, value, fields, revision)
    if ("revision" in written) return written.revision
    if (written.kind !== "fence" || revision !== 0) throw failureOf("store", operation, written)
    const newest = await this.#newest(key)
    if (newest === undefined || !isMarker(newest.headers)) throw failureOf("store", operation, written)
    const again = await this.#write(key, value, fields, newest.entry.revision)
    if ("revision" in again) return again.revision
    throw failureOf("store", operation, again)
  }

  #write(key: string, value: Uint8Array, fields: Fields, revision: number | undefined): Promise<Written> {
    const all = revision === undefined ? fields : { ...fields, [FENCE]: String(revision) }
    return new Promise((resolve) => {
      this.#publisher.send(bucketSubject(this.#bucket, key), value, all, (reply) => {
        resolve(reply.tag === "stored" ? { revision: reply.sequence } : outcomeOfReply(reply))
      })
    })
  }

  async #newest(key: string): Promise<Newest | undefined> {
    const subject = bucketSubject(this.#bucket, key)
    const found = await ask("store", `get ${key} of ${this.#bucket}`, this.#session, () =>
      this.#session.manager.streams.getMessage(this.#stream, { last_by_subj: subject }),
    )
    if (found === null) return undefined
    const { headers, body, sequence } = storedOf(found)
    return { entry: { key, value: body, revision: sequence }, headers }
  }

  async #live(key: string): Promise<Entry | undefined> {
    const newest = await this.#newest(key)
    return newest === undefined || isMarker(newest.headers) ? undefined : newest.entry
  }

  async #getAll(keys: readonly string[]): Promise<Entry[]> {
    const entries: Entry[] = []
    for (let from = 0; from < keys.length; from += LIST_GETS_IN_FLIGHT_MAX) {
      const some = keys.slice(from, from + LIST_GETS_IN_FLIGHT_MAX)
      const got = await Promise.all(some.map((key) => this.#live(key)))
      entries.push(...got.filter((entry) => entry !== undefined))
    }
    return entries
  }

  async #newestBelow(filter: string): Promise<Map<string, Newest>> {
    const operation = `list ${filter} of ${this.#bucket}`
    const subjects = bucketSubject(this.#bucket, filter)
    const root = bucketSubject(this.#bucket, "").length
    const came = new Map<string, Newest>()
    await ask("store", operation, this.#session, () =>
      newestOfEach(this.#session, operation, this.#stream, subjects, ({ subject, headers, body, sequence }) => {
        const key = subject.slice(root)
        came.set(key, { entry: { key, value: body, revision: sequence }, headers })
      }),
    )
    return came
  }

  async #keysBelow(filter: string): Promise<string[]> {
    const subjects_filter = bucketSubject(this.#bucket, filter)
    const { state } = await ask("store", `list ${filter} of ${this.#bucket}`, this.#session, () =>
      this.#session.manager.streams.info(this.#stream, { subjects_filter }),
    )
    const root = bucketSubject(this.#bucket, "").length
    return Object.keys(state.subjects ?? {}).map((subject) => subject.slice(root))
  }
}

function isMarker(headers: Headers): boolean {
  return OPERATION in headers || MARKER_REASON in headers
}
