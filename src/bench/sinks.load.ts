/** Owns: the rows a sinks benchmark writes: totals and windows such as `post_engagement` has. Never: writing them. */

import { below, type Random } from "../base/random.ts"
import type { Batch, Column, Row, ViewShape } from "../sinks/sink.ts"

const KEY: readonly Column[] = [
  { name: "tenant_id", type: "text" },
  { name: "entity_id", type: "text" },
]

const FIELDS: readonly Column[] = [
  { name: "post_id", type: "text" },
  { name: "likes", type: "long" },
  { name: "comments", type: "long" },
  { name: "shares", type: "long" },
  { name: "unique_users", type: "long" },
  { name: "score", type: "double" },
  { name: "post", type: "json" },
  { name: "updated_at", type: "time" },
]

export const TOTALS: ViewShape = { name: "bench_totals", key: KEY, fields: FIELDS }
export const WINDOWS: ViewShape = {
  name: "bench_1m",
  key: [...KEY, { name: "window_start", type: "time" }],
  fields: FIELDS,
}

/** Of one shard. */
const ENTITIES = 20_000
const MINUTE_MS = 60_000
const START_MS = 1_767_225_600_000
const REGIONS = ["eu-west", "us-east", "ap-south"]

/** The next batches of one shard, each with other keys of its own. */
export class ShardLoad {
  readonly #shard: number
  readonly #shards: number
  readonly #random: Random
  readonly #batchRows: number
  #frame = 0
  #minute = 0

  constructor(shard: number, shards: number, batchRows: number, random: Random) {
    this.#shard = shard
    this.#shards = shards
    this.#random = random
    this.#batchRows = batchRows
  }

  /** Current rows of entities, most of which have one already. */
  totals(): Batch {
    const stride = Math.floor(ENTITIES / this.#batchRows)
    const from = below(this.#random, ENTITIES)
    const entity = (i: number) => (from + i * stride) % ENTITIES
    return this.#batch(TOTALS, (i) => ["tenant", this.#entity(entity(i))])
  }

  /** New windows only. */
  windows(): Batch {
    const start = new Date(START_MS + this.#minute++ * MINUTE_MS)
    return this.#batch(WINDOWS, (i) => ["tenant", this.#entity(i), start])
  }

  #entity(number: number): string {
    return `post-${number * this.#shards + this.#shard}`
  }

  #batch(view: ViewShape, keyOf: (i: number) => Row["key"]): Batch {
    const after = this.#frame++
    const rows = Array.from({ length: this.#batchRows }, (_, i): Row => {
      const key = keyOf(i)
      const region = REGIONS[i % REGIONS.length]!
      const counts = [i, i % 100, i % 10, i % 1_000]
      const updatedAt = new Date(START_MS + this.#frame)
      const fields = [key[1] ?? null, ...counts, i * 1.5, { region, userId: `user-${i}` }, updatedAt]
      return { view: view.name, key, fields, frame: this.#frame }
    })
    return { projector: "bench", shard: this.#shard, after, upto: this.#frame, rows }
  }
}
