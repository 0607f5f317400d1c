/** Owns: gathering what one segment holds for each shard. Never: order between segments (sender.ts). */

import { assert } from "../../base/assert.ts"
import { Failure } from "../../base/errors.ts"
import { EVENT_RECORDS_BYTES_MAX } from "../../base/limits.ts"
import { roughBytes } from "../../base/rough-bytes.ts"
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
  /** About how long all of it is, over all shards. */
  bytes = 0

  constructor(shards: number) {
    this.#drafts = Array.from({ length: shards }, () => undefined)
  }

  record(actor: number, tenant: string, key: string, stamp: number | null, record: RoutedRecord, bytes = 0): void {
    this.bytes += bytes
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
    this.bytes += rejected.bytes.length
    this.#draft(shard).rejected.push(rejected)
  }

  fact(shard: number, fact: Fact): void {
    this.bytes += roughBytes(fact.data)
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
    this.bytes = 0
  }

  #draft(shard: number): Draft {
    assert(shard < this.#drafts.length, `there is no shard ${shard}`)
    const draft = this.#drafts[shard] ?? { groups: [], rejected: [], facts: [] }
    this.#drafts[shard] = draft
    return draft
  }
}

/** One event brings an actor more than a message to a shard could hold. */
export class TooMuch extends Failure {
  override readonly name = "TooMuch"
  readonly tag = "TooMuch"
  readonly verdict = "refuse"
}

/** About how long one record of an event is; throws TooMuch if those of all its keys together are too long. */
export function recordBytes(inputs: RoutedRecord["inputs"], keys: number): number {
  let bytes = RECORD_BYTES
  for (let i = 0; i < inputs.length; i++) bytes += roughBytes(inputs[i])
  if (bytes * keys <= EVENT_RECORDS_BYTES_MAX) return bytes
  const reason = `its inputs are about ${bytes} bytes for each of ${keys} keys`
  const hint = `at most ${EVENT_RECORDS_BYTES_MAX} bytes of one event go to one actor: fewer keys, or less of the event`
  throw new TooMuch({ operation: "routing an event", reason, hint })
}

/** What a record takes beside its inputs. */
const RECORD_BYTES = 24
