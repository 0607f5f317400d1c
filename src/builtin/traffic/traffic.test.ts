import { expect, test } from "vitest"
import { seededRandom } from "../../base/random.ts"
import { registryOf } from "../../define/registry.ts"
import { BUILTIN_EVENTS } from "../events.ts"
import { FAMILIES, Traffic, type TrafficOptions } from "./traffic.ts"
import { weighted, zipf } from "./zipf.ts"

const NOW = Date.UTC(2026, 0, 1)
const registry = registryOf(BUILTIN_EVENTS)

function some(count: number, options: Partial<TrafficOptions> = {}, seed = 1) {
  const traffic = new Traffic(seededRandom(seed), options)
  return Array.from({ length: count }, (_, i) => traffic.next(NOW + i * 5))
}

test("the same seed gives the same traffic, another seed another", () => {
  expect(some(200)).toEqual(some(200))
  expect(some(200, {}, 2)).not.toEqual(some(200))
})

test("every event is one that its own schema reads", () => {
  for (const { type, version, data } of some(3_000)) expect(registry.reader(type, version)!.read(data).tag).toBe("read")
})

test("every built-in event comes, save the one that is emitted", () => {
  const types = new Set(some(20_000).map(({ type }) => type))
  expect(BUILTIN_EVENTS.map(({ type }) => type).filter((type) => !types.has(type))).toEqual(["sensor_alert"])
})

test.each(Object.entries(FAMILIES))("%s: the same numbers and time give the same event", (_, generate) => {
  expect(generate(seededRandom(3), NOW)).toEqual(generate(seededRandom(3), NOW))
})

test("event times are out of order, some late up to the bound, none in the future", () => {
  const traffic = new Traffic(seededRandom(1), { lateShare: 0.1, lateMsMax: 60_000, repeatShare: 0 })
  const ages = Array.from({ length: 5_000 }, () => NOW - traffic.next(NOW).time)
  expect(Math.min(...ages)).toBeGreaterThanOrEqual(0)
  expect(Math.max(...ages)).toBeLessThanOrEqual(60_000)
  const late = ages.filter((age) => age > 1_500).length / ages.length
  expect(late).toBeGreaterThan(0.07)
  expect(late).toBeLessThan(0.13)
})

test("a share of the events comes again exactly as it was", () => {
  const events = some(5_000, { repeatShare: 0.2 })
  const first = new Map<string, unknown>()
  let repeats = 0
  for (const event of events) {
    if (first.has(event.id)) {
      repeats++
      expect(event).toEqual(first.get(event.id))
    } else first.set(event.id, event)
  }
  expect(repeats / events.length).toBeGreaterThan(0.17)
  expect(repeats / events.length).toBeLessThan(0.23)
})

test("all tenants send, and keys are skewed", () => {
  const events = some(10_000, { tenants: ["a", "b", "c"], mix: { posts: 1 }, repeatShare: 0 })
  expect(new Set(events.map(({ tenant }) => tenant))).toEqual(new Set(["a", "b", "c"]))
  const counts = new Map<string, number>()
  for (const { key } of events) counts.set(key, (counts.get(key) ?? 0) + 1)
  const sorted = [...counts.values()].sort((a, b) => b - a)
  expect(sorted[0]).toBeGreaterThan(20 * sorted[Math.floor(sorted.length / 2)]!)
})

test("zipf gives rank 0 twice as often as rank 1 at exponent 1, and only ranks there are", () => {
  const rank = zipf(10)
  const random = seededRandom(5)
  const counts = Array.from({ length: 10 }, () => 0)
  for (let i = 0; i < 20_000; i++) counts[rank(random)]!++
  expect(counts[0]! / counts[1]!).toBeCloseTo(2, 0)
  expect(counts.reduce((a, b) => a + b)).toBe(20_000)
})

test("weights of nothing are never chosen", () => {
  const choose = weighted([
    [0, "never"],
    [1, "always"],
  ])
  const random = seededRandom(1)
  expect(new Set(Array.from({ length: 100 }, () => choose(random)))).toEqual(new Set(["always"]))
})
