/** Owns: gathering what one segment holds for each shard. Never: order between segments (sender.ts). */

import { assert } from "../../base/assert.ts"
import type { Place } from "../place.ts"
import type { Fact, Group, Rejected, RoutedRecord, Segment } from "../section.ts"
import { shardOf } from "./routes.ts"

type Deliver = (shard: number, segment: Segment) => void

interface Draft {
  readonly groups: Group[]
  readonly rejected: Rejected[]
  readonly facts: Fact[]
}

/** Used again for every segment: `begin`, then what there is, then `end`. */
export class SegmentGatherer {
  readonly #drafts: (Draft | undefined)[]
  readonly #records = new Map<string, RoutedRecord[]>()

  constructor(shards: number) {
    this.#drafts = Array.from({ length: shards }, () => undefined)
  }

  record(actor: number, tenant: string, key: string, stamp: number | null, record: RoutedRecord): void {
    const name = stamp === null ? `${actor} ${tenant} ${key}` : `${actor} ${tenant} ${key} ${stamp}`
    const known = this.#records.get(name)
    if (known !== undefined) {
      known.push(record)
      return
    }
    const records = [record]
    this.#records.set(name, records)
    const draft = this.#draft(shardOf(tenant, key, this.#drafts.length))
    draft.groups.push({ actor, tenant, key, stamp, records })
  }

  rejected(shard: number, rejected: Rejected): void {
    this.#draft(shard).rejected.push(rejected)
  }

  fact(shard: number, fact: Fact): void {
    this.#draft(shard).facts.push(fact)
  }

  end(place: Place, stamp: number, arrivedAt: number, deliver: Deliver): void {
    for (let shard = 0; shard < this.#drafts.length; shard++) {
      const draft = this.#drafts[shard]
      if (draft === undefined) continue
      deliver(shard, { place, stamp, arrivedAt, ...draft })
      this.#drafts[shard] = undefined
    }
    this.#records.clear()
  }

  #draft(shard: number): Draft {
    assert(shard < this.#drafts.length, `there is no shard ${shard}`)
    const draft = this.#drafts[shard] ?? { groups: [], rejected: [], facts: [] }
    this.#drafts[shard] = draft
    return draft
  }
}
