import fc from "fast-check"
import { expect, test } from "vitest"
import { below, seededRandom } from "../base/random.ts"
import { Fenced } from "./outbox.ts"
import { bytesOf, folded, type Life, ShardLives, undisturbed } from "./testing/shard-lives.ts"
import { shardLoad } from "./testing/shard-load.ts"

type Messages = ReturnType<typeof shardLoad>

async function expectUndisturbed(lives: ShardLives, life: Life, messages: Messages): Promise<void> {
  const reference = undisturbed(messages)
  const [{ rows, ...rest }, expected] = [folded(await lives.frames()), folded(reference.frames)]
  expect(differences(rows, expected.rows)).toEqual([])
  expect(rest).toEqual({ ...expected, rows: undefined })
  expect(life.machine().core()).toEqual(reference.machine.core())
  const found = await bytesOf(life.residents(), reference.bytes.keys())
  expect(differences(found, reference.bytes)).toEqual([])
  expect(life.kept.instances).toBe(reference.bytes.size)
}

/** Some of what one has otherwise than the other. */
function differences(found: ReadonlyMap<string, string>, expected: ReadonlyMap<string, string>): readonly string[] {
  const names = new Set([...found.keys(), ...expected.keys()])
  const different = [...names].filter((name) => found.get(name) !== expected.get(name))
  return different.slice(0, 3).map((name) => `${name}: ${found.get(name)}, expected ${expected.get(name)}`)
}

test("instances that come and go between memory and the spill are the ones that never left it (R1–R3)", async () => {
  const messages = shardLoad(5, { messages: 80, keys: 50, stepMs: 2_000 })
  const lives = new ShardLives()
  await lives.send(messages)
  const life = lives.begin()
  await lives.finish(life)
  expect(life.residents().bytes).toBeLessThan(300_000)
  await expectUndisturbed(lives, life, messages)
  life.worker.stop()
  expect(await life.ended).toBe("stopped")
})

test("whenever a run dies, before or after any call, the next one goes on as if nothing had happened (A3, A5)", async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat(), async (seed) => {
      const random = seededRandom(seed)
      const messages = shardLoad(seed, { messages: 60, keys: 25, stepMs: 4_000 })
      const lives = new ShardLives()
      let sent = 0
      for (let died = 0; died < 6; died++) {
        const upto = Math.min(messages.length, sent + below(random, 20))
        await lives.send(messages.slice(sent, upto))
        sent = upto
        const life = lives.begin()
        life.mortal.callsLeft = below(random, 150)
        await lives.finish(life)
        life.mortal.end()
      }
      await lives.send(messages.slice(sent))
      const last = lives.begin()
      await lives.finish(last)
      await expectUndisturbed(lives, last, messages)
      last.worker.stop()
      await last.ended
    }),
    { numRuns: 5 },
  )
}, 60_000)

test("A4 a run that slept through a takeover writes and removes nothing that counts, whatever it was at", async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat(), async (seed) => {
      const random = seededRandom(seed)
      const messages = shardLoad(seed, { messages: 60, keys: 25, stepMs: 4_000 })
      const lives = new ShardLives()
      const zombies: Life[] = []
      let sent = 0
      for (let round = 0; round < 4; round++) {
        const upto = Math.min(messages.length, sent + 5 + below(random, 15))
        await lives.send(messages.slice(sent, upto))
        sent = upto
        const life = lives.begin()
        zombies.push(life)
        life.mortal.callsLeft = 10 + below(random, 120)
        await lives.finish(life)
        life.mortal.end()
        if (below(random, 2) === 0) zombies[below(random, zombies.length)]!.mortal.wake()
      }
      for (const { mortal } of zombies) mortal.wake()
      await lives.send(messages.slice(sent))
      const last = await lives.beginAndFinish()
      for (const { worker } of zombies) worker.stop()
      const ends = await Promise.all(zombies.map(({ ended }) => ended.catch((error: unknown) => error)))
      for (const end of ends) if (end instanceof Error) expect(end).toBeInstanceOf(Fenced)
      await expectUndisturbed(lives, last, messages)
      last.worker.stop()
      await last.ended
      const again = await lives.beginAndFinish()
      await expectUndisturbed(lives, again, messages)
      again.worker.stop()
      await again.ended
    }),
    { numRuns: 4 },
  )
}, 60_000)
