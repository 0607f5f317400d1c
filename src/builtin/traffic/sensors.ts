/** Owns: machines that are measured; a few of them run hot for a minute now and then. */

import { pick, type Random } from "../../base/random.ts"
import { SensorReading } from "../events.ts"
import type { Generate } from "./generate.ts"
import { world } from "./world.ts"

interface Metric {
  readonly metric: string
  readonly unit: string
  readonly usual: number
  readonly spread: number
  /** Above the limit that the built-in actor alerts at, where it has one. */
  readonly hot: number
}

const METRICS: readonly Metric[] = [
  { metric: "temperature", unit: "°C", usual: 55, spread: 12, hot: 92 },
  { metric: "vibration", unit: "mm/s", usual: 3, spread: 1.5, hot: 9 },
  { metric: "humidity", unit: "%", usual: 45, spread: 10, hot: 45 },
]
const MINUTE_MS = 60_000
/** One sensor in so many is hot, another one every minute. */
const HOT_ONE_IN = 20

export const generateSensor: Generate = (random, now) => {
  const sensor = world.sensor(random)
  const { metric, unit, usual, spread, hot } = pick(random, METRICS)
  const isHot = (sensor + Math.floor(now / MINUTE_MS)) % HOT_ONE_IN === 0
  const value = (isHot ? hot : usual) + spread * around(random)
  return SensorReading({ sensorId: `sensor-${sensor}`, metric, value: Math.round(value * 100) / 100, unit })
}

/** Around 0, rarely beyond ±1: the mean of a few. */
function around(random: Random): number {
  return ((random.next() + random.next() + random.next()) / 3 - 0.5) * 2
}
