/**
 * Owns: what may go wrong in a run, and how often: drawn from the seed, a different mixture for each, so that no fault
 * always hides behind another. Never: doing it (network.ts for messages, disturb.ts for processes and servers).
 */

import { SIM_LATENCY_MS_MAX, SIM_PAUSE_MS_MAX } from "../base/limits.ts"
import { chance, type Random } from "../base/random.ts"

/** Chances of one message. */
export interface MessageFaults {
  /** It never arrives. */
  readonly lostRequest: number
  /** It arrives and is done, and the answer never comes. */
  readonly lostAnswer: number
  /** It arrives twice. */
  readonly duplicated: number
  /** It takes up to `SIM_DELAY_MS_MAX`, which is below the streams' duplicate window. */
  readonly delayed: number
  /** Messages of one connection may overtake each other, those of one subject never: otherwise none may. */
  readonly reordered: boolean
  readonly latencyMsMax: number
}

/** What befalls a process or a server now and then. */
export interface Disturbance {
  /** The mean time between two, of all there are together. */
  readonly everyMs: number
  /** A length between nothing and this. */
  readonly forMsMax: number
}

export const DISTURBANCES = ["crash", "pause", "clockJump", "serverAway", "logFull", "slow"] as const
export type DisturbanceName = (typeof DISTURBANCES)[number]

export interface FaultPlan {
  readonly messages: MessageFaults
  readonly disturbances: Readonly<Partial<Record<DisturbanceName, Disturbance>>>
}

const LENGTHS_MS: Readonly<Record<DisturbanceName, number>> = {
  crash: 3_000,
  pause: SIM_PAUSE_MS_MAX,
  clockJump: 3_600_000,
  serverAway: 15_000,
  logFull: 10_000,
  slow: 10_000,
}

/** The rarest and the commonest mean time between two. */
const EVERY_MS: readonly [number, number] = [60_000, 1_500]
const CHANCE: readonly [number, number] = [0.001, 0.1]

export const NO_MESSAGE_FAULTS: MessageFaults = {
  lostRequest: 0,
  lostAnswer: 0,
  duplicated: 0,
  delayed: 0,
  reordered: false,
  latencyMsMax: 1,
}

export const NO_FAULTS: FaultPlan = { messages: NO_MESSAGE_FAULTS, disturbances: {} }

/** Each kind of fault is in or out by a coin, and then anything from rare to common. */
export function planFaults(random: Random): FaultPlan {
  const some = () => (chance(random, 0.5) ? between(random, CHANCE) : 0)
  const messages = {
    lostRequest: some(),
    lostAnswer: some(),
    duplicated: some(),
    delayed: some(),
    reordered: chance(random, 0.5),
    latencyMsMax: between(random, [0.25, SIM_LATENCY_MS_MAX]),
  }
  const disturbances: Partial<Record<DisturbanceName, Disturbance>> = {}
  for (const name of DISTURBANCES) {
    if (chance(random, 0.5)) disturbances[name] = { everyMs: between(random, EVERY_MS), forMsMax: LENGTHS_MS[name] }
  }
  return { messages, disturbances }
}

/** The names of what is on: for a report. */
export function describePlan({ messages, disturbances }: FaultPlan): readonly string[] {
  const ofMessages = Object.entries(messages)
    .filter(([name, value]) => name !== "latencyMsMax" && value !== 0 && value !== false)
    .map(([name]) => name)
  return [...ofMessages, ...DISTURBANCES.filter((name) => disturbances[name] !== undefined)]
}

/** Even on a logarithmic scale: rare things are as likely as common ones. */
function between(random: Random, [from, to]: readonly [number, number]): number {
  return from * (to / from) ** random.next()
}
