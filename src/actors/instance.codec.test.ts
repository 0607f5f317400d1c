import fc from "fast-check"
import { expect, test } from "vitest"
import { filedAtOf, instanceBytes, instanceFrom } from "./instance.codec.ts"
import type { Instance } from "./instance.ts"
import { ShardMachine } from "./machine.ts"
import { MemoryDeadlines, MemoryInstances } from "./residency.ts"
import { PARTS } from "./testing/shard-lives.ts"
import { LOAD_ROUTES, shardLoad } from "./testing/shard-load.ts"

function instancesOf(seed: number): readonly Instance[] {
  const instances = new MemoryInstances()
  const terms = { generation: 1, shard: 0, shards: 1, routes: LOAD_ROUTES, guarded: false }
  const machine = new ShardMachine(terms, instances, new MemoryDeadlines())
  shardLoad(seed, { messages: 30, keys: 12, stepMs: 3_000 }).forEach((sections, i) => {
    machine.begin(i + 1, sections)
    while (machine.step());
  })
  // As snapshots see them: after a cut.
  machine.forget()
  machine.changed()
  return [...instances.all()]
}

test("an instance comes back as it went, and with the same bytes again, whatever its actor keeps", () => {
  fc.assert(
    fc.property(fc.nat(), (seed) => {
      for (const instance of instancesOf(seed)) {
        const part = PARTS[instance.actor]!
        const bytes = instanceBytes(part, instance)
        const back = instanceFrom(part, instance.name, bytes)
        expect(Buffer.compare(instanceBytes(part, back), bytes)).toBe(0)
        const { eras, windows, passed, ...plain } = back
        const { eras: _eras, windows: _windows, passed: _passed, ...expected } = instance
        expect(plain).toEqual(expected)
        expect(filedAtOf(bytes)).toBe(instance.filedAt)
      }
    }),
    { numRuns: 10 },
  )
})

test("what waits may be nested as deep as an event, and is kept all the same", () => {
  let nested: unknown = "deep"
  for (let i = 0; i < 62; i++) nested = [nested]
  const [instance] = instancesOf(1).filter(({ actor }) => PARTS[actor]!.definition.free !== undefined)
  const order = { time: 1, lane: 2, sequence: 3, segment: 4, index: 5 }
  instance!.waiting = [{ at: 1, order, stamp: 0, arrivedAt: 1, type: 0, inputs: [nested, null] }]
  const part = PARTS[instance!.actor]!
  expect(instanceFrom(part, instance!.name, instanceBytes(part, instance!)).waiting).toEqual(instance!.waiting)
})

test("bytes of a wire version that this build does not know are refused, never guessed at", () => {
  const [instance] = instancesOf(2)
  const part = PARTS[instance!.actor]!
  const bytes = instanceBytes(part, instance!)
  bytes[1] = 9
  expect(() => instanceFrom(part, instance!.name, bytes)).toThrow("wire version 9")
  expect(() => filedAtOf(bytes)).toThrow("wire version 9")
})
