import { expect, test } from "vitest"
import { pinGeneration } from "../../actors/generation.ts"
import { ManualClock } from "../../base/clock.manual.ts"
import { OUT_OF_ORDER_MS, SHARDS } from "../../base/limits.ts"
import { type AnyActor, actor } from "../../define/actor.ts"
import { registryOf } from "../../define/registry.ts"
import { PostLiked } from "../../define/testing/events.ts"
import { tumbling } from "../../define/windows.ts"
import { MemoryStore } from "../../streams/memory/store.ts"
import { cli } from "./testing/terminal.ts"
import type { LoadedActors } from "./wiring.ts"

const likes = (of: { readonly title?: string; readonly grace?: "1 minute" }): AnyActor =>
  actor("likes", {
    ...{ version: 1, on: [PostLiked], key: "postId", windows: [tumbling("1 minute")], ...of },
    measures: (m) => ({ likes: m.count() }),
  })

const code = (...actors: readonly AnyActor[]): LoadedActors => {
  return { definitions: actors.map(({ definition }) => definition), registry: registryOf([PostLiked]) }
}

async function check(running: LoadedActors | undefined, now: LoadedActors, flags: readonly string[] = []) {
  const store = new MemoryStore({ clock: new ManualClock() })
  const own = { number: 1, shards: SHARDS, outOfOrderMs: OUT_OF_ORDER_MS }
  if (running !== undefined) await pinGeneration(store, { ...own, ...running })
  const asked: (string | undefined)[] = []
  const said = await cli(["actor", "check", ...flags], {
    environment: { MILLRACE_NATS_URL: "nats://nowhere" },
    wiring: {
      control: async () => ({ store, generation: 1, close: async () => {} }),
      actors: async (module) => {
        asked.push(module)
        return now
      },
    },
  })
  return { ...said, asked }
}

test("code that goes on as it is exits 0; other code exits 1 and says what to do", async () => {
  const same = await check(code(likes({})), code(likes({})))
  expect(same).toMatchObject({
    code: 0,
    out: "1 actor unchanged\nsound; goes on with generation 1 as it is\n",
    err: "",
  })
  const other = await check(code(likes({})), code(likes({ grace: "1 minute" })), ["--actors", "mine.ts"])
  expect([other.code, other.asked]).toEqual([1, ["mine.ts"]])
  expect(other.out).toMatch(/^likes \(.*actor-check.test.ts:\d+\): changed; needs a version$/m)
  expect(other.out).toContain(
    "  graceMs: 30000 → 60000 ms: what was late stays late [a version]\n  to do: raise version to 2\n",
  )
  expect(other.out).toMatch(/needs a version: generation 1 runs other code, so this is a new generation\n$/)
})

test("words alone are named and exit 0", async () => {
  const { code: exit, out } = await check(code(likes({ title: "Likes" })), code(likes({ title: "Hearts" })))
  expect(exit).toBe(0)
  expect(out).toContain("  title: words for people alone [nothing]")
})

test("problems are all named, with where and what would be right, and exit 1", async () => {
  const bad = actor("Bad Name", {
    ...{ version: 1, on: [PostLiked], key: "postId", windows: [] },
    measures: () => ({}),
  })
  const { code: exit, out } = await check(undefined, code(bad))
  expect(exit).toBe(1)
  expect(out).toMatch(/^Bad Name \(.*actor-check.test.ts:\d+\), name: /m)
  expect(out).toMatch(/not sound: \d+ problems?\n$/)
})

test("as JSON it is one document", async () => {
  const { code: exit, out } = await check(undefined, code(likes({})), ["--json"])
  expect(exit).toBe(0)
  expect(JSON.parse(out)).toMatchObject({
    passed: true,
    verdict: "nothing runs",
    generation: { number: 1, fingerprint: null },
  })
})
