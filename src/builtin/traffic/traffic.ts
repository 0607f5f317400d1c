/**
 * Owns: putting the families together into traffic as it really comes: out of order, some of it late, some of it twice,
 * from several tenants. Never: sending it.
 *
 * T1 the same seed and times give the same traffic.
 * T2 no event time lies after `now`, nor more than `lateMsMax` before it.
 * T3 what comes twice has the id, key, time and data it had the first time.
 */

import { below, chance, type Random } from "../../base/random.ts"
import type { Emit } from "../../define/event.ts"
import { generateAd } from "./ads.ts"
import type { Generate } from "./generate.ts"
import { generatePage } from "./pages.ts"
import { generatePost } from "./posts.ts"
import { generateSearch } from "./searches.ts"
import { generateSensor } from "./sensors.ts"
import { generateSimple } from "./simple.ts"
import { generateUser } from "./users.ts"
import { weighted } from "./zipf.ts"

export interface TrafficEvent extends Emit<string> {
  readonly id: string
  readonly time: number
  readonly tenant: string
}

export type Family = "posts" | "users" | "ads" | "sensors" | "pages" | "searches" | "simple"

export interface TrafficOptions {
  readonly tenants: readonly string[]
  /** How much of each family, in any measure; those not named do not come. */
  readonly mix: Readonly<Partial<Record<Family, number>>>
  /** Event times usually lie up to so long before now. */
  readonly disorderMsMax: number
  readonly lateShare: number
  readonly lateMsMax: number
  readonly repeatShare: number
}

export const FAMILIES: { readonly [F in Family]: Generate } = {
  posts: generatePost,
  users: generateUser,
  ads: generateAd,
  sensors: generateSensor,
  pages: generatePage,
  searches: generateSearch,
  simple: generateSimple,
}

/** Within the default out-of-orderness of 2 s, save for the late ones, some of which miss even a grace of 30 s. */
export const USUAL_TRAFFIC: TrafficOptions = {
  tenants: ["default"],
  mix: { posts: 40, users: 8, ads: 20, sensors: 15, pages: 12, searches: 4, simple: 1 },
  disorderMsMax: 1_500,
  lateShare: 0.01,
  lateMsMax: 90_000,
  repeatShare: 0.01,
}

/** Repeats come from the last so many. */
const REMEMBERED = 256

export class Traffic {
  readonly #random: Random
  readonly #options: TrafficOptions
  readonly #generate: (random: Random) => Generate
  readonly #recent: TrafficEvent[] = []
  #made = 0

  constructor(random: Random, options: Partial<TrafficOptions> = {}) {
    this.#random = random
    this.#options = { ...USUAL_TRAFFIC, ...options }
    const families = Object.keys(FAMILIES) as Family[]
    this.#generate = weighted(families.map((family) => [this.#options.mix[family] ?? 0, FAMILIES[family]] as const))
  }

  next(now: number): TrafficEvent {
    const random = this.#random
    if (this.#recent.length > 0 && chance(random, this.#options.repeatShare)) {
      return this.#recent[below(random, this.#recent.length)]!
    }
    const time = now - this.#ageMs()
    const tenant = this.#options.tenants[below(random, this.#options.tenants.length)]!
    const event = { ...this.#generate(random)(random, time), id: idFrom(random), time, tenant }
    this.#recent[this.#made++ % REMEMBERED] = event
    return event
  }

  /** Most are young: the square of an even spread. */
  #ageMs(): number {
    const { lateShare, lateMsMax, disorderMsMax } = this.#options
    if (chance(this.#random, lateShare)) return below(this.#random, lateMsMax + 1)
    return Math.floor(this.#random.next() ** 2 * disorderMsMax)
  }
}

function idFrom(random: Random): string {
  const half = () => random.uint32().toString(36).padStart(7, "0")
  return half() + half()
}
