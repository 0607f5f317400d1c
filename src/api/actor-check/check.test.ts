import * as Schema from "effect/Schema"
import { describe, expect, test } from "vitest"
import { generationFingerprint } from "../../actors/generation.ts"
import { describeGeneration } from "../../actors/generation-description.ts"
import { type AnyActor, actor, type EncodedMeasures } from "../../define/actor.ts"
import { ratio, weighted } from "../../define/derive.ts"
import { type AnyEvent, event } from "../../define/event.ts"
import { latest } from "../../define/join.ts"
import { registryOf } from "../../define/registry.ts"
import { PostCommented, PostCreated, PostLiked } from "../../define/testing/events.ts"
import { sliding, tumbling } from "../../define/windows.ts"
import { type ActorCheck, type Code, checkActors, type Running } from "./check.ts"

const codeOf = (actors: readonly AnyActor[], events: readonly AnyEvent[] = [PostLiked, PostCommented, PostCreated]) => {
  const definitions = actors.map(({ definition }) => definition)
  return { definitions, registry: registryOf(events), shards: 16, outOfOrderMs: 2_000 }
}

/** As it would have been kept and read back. */
function runs(code: Code): Running {
  const fingerprint = generationFingerprint({ ...code, number: 1 })
  const description = JSON.parse(JSON.stringify(describeGeneration(code, fingerprint)))
  return { generation: 1, fingerprint, description }
}

const BASE = {
  version: 1,
  title: "Engagement",
  on: [PostLiked, PostCommented],
  key: "postId",
  windows: [tumbling("1 minute")],
} as const

const before = actor("engagement", {
  ...BASE,
  measures: (m) => ({ likes: m.count(PostLiked), users: m.distinct("userId"), comments: m.count(PostCommented) }),
  derive: { score: weighted({ likes: 1, comments: 3 }) },
})

/** What the check says of one actor that became another. */
function edit(from: AnyActor, to: AnyActor) {
  const check = checkActors(codeOf([to]), runs(codeOf([from])))
  const [verdict] = check.actors
  const parts = verdict!.changes.map(({ part, needs }) => `${part}: ${needs}`)
  return { check, verdict: verdict!, parts, todo: verdict!.todo }
}

test("the same code goes on as it is", () => {
  const { check, verdict } = edit(before, before)
  expect(check).toMatchObject({ passed: true, verdict: "same", needs: "nothing" })
  expect(verdict).toMatchObject({ is: "unchanged", changes: [], todo: [] })
})

test("titles, descriptions and units need nothing, and are named", () => {
  const { check, parts, todo } = edit(
    before,
    actor("engagement", {
      ...{ ...BASE, title: "Hearts", description: "All of it" },
      measures: (m) => ({
        likes: m.count(PostLiked).unit("likes"),
        users: m.distinct("userId"),
        comments: m.count(PostCommented),
      }),
      derive: { score: weighted({ likes: 1, comments: 3 }) },
    }),
  )
  expect(parts).toEqual(["title: nothing", "description: nothing", "words of likes: nothing"])
  expect(check).toMatchObject({ passed: true, verdict: "same", needs: "nothing" })
  expect(todo).toEqual([])
})

type Edited = readonly [string, AnyActor, readonly string[], readonly string[]]

const raised = "raise version to 2"

const EDITS: readonly Edited[] = [
  [
    "grace needs a version",
    actor("engagement", {
      ...{ ...BASE, grace: "1 minute" },
      measures: (m) => ({ likes: m.count(PostLiked), users: m.distinct("userId"), comments: m.count(PostCommented) }),
      derive: { score: weighted({ likes: 1, comments: 3 }) },
    }),
    ["graceMs: version"],
    [raised],
  ],
  [
    "other weights, and another ratio, need a version",
    actor("engagement", {
      ...BASE,
      measures: (m) => ({ likes: m.count(PostLiked), users: m.distinct("userId"), comments: m.count(PostCommented) }),
      derive: { score: weighted({ likes: 1, comments: 4 }), perUser: ratio("likes", "users") },
    }),
    ["derived.score: version", "derived.perUser: version"],
    [raised],
  ],
  [
    "a measure that is gone needs a version",
    actor("engagement", {
      ...BASE,
      measures: (m) => ({ likes: m.count(PostLiked), comments: m.count(PostCommented) }),
      derive: { score: weighted({ likes: 1, comments: 3 }) },
    }),
    ["measures.users: version"],
    [raised],
  ],
  [
    "measures in another order need a version",
    actor("engagement", {
      ...BASE,
      measures: (m) => ({ users: m.distinct("userId"), likes: m.count(PostLiked), comments: m.count(PostCommented) }),
      derive: { score: weighted({ likes: 1, comments: 3 }) },
    }),
    ["measures: version"],
    [raised],
  ],
  [
    "a measure that counts something else under its name needs migrate",
    actor("engagement", {
      ...BASE,
      measures: (m) => ({ likes: m.count(PostLiked), users: m.distinct("region"), comments: m.count(PostCommented) }),
      derive: { score: weighted({ likes: 1, comments: 3 }) },
    }),
    ["measures.users: migrate"],
    [raised, "add migrate, or it begins empty: measures.users"],
  ],
  [
    "a new window needs a reprocess, one that is gone a version",
    actor("engagement", {
      ...{ ...BASE, windows: [sliding("1 hour", "5 minutes")] },
      measures: (m) => ({ likes: m.count(PostLiked), users: m.distinct("userId"), comments: m.count(PostCommented) }),
      derive: { score: weighted({ likes: 1, comments: 3 }) },
    }),
    ["windows: reprocess", "windows: version"],
    [raised, "seed the new generation from the log: no state has the past of windows"],
  ],
  [
    "a new measure needs a reprocess to have its past",
    actor("engagement", {
      ...BASE,
      measures: (m) => ({
        ...{ likes: m.count(PostLiked), users: m.distinct("userId"), comments: m.count(PostCommented) },
        regions: m.distinct("region"),
      }),
      derive: { score: weighted({ likes: 1, comments: 3 }) },
    }),
    ["measures.regions: reprocess"],
    [raised, "seed the new generation from the log: no state has the past of measures.regions"],
  ],
  [
    "another key and a new join need a reprocess",
    actor("engagement", {
      ...{ ...BASE, key: "region", join: { post: latest(PostCreated, ["userId"]) } },
      measures: (m) => ({ likes: m.count(PostLiked), users: m.distinct("userId"), comments: m.count(PostCommented) }),
      derive: { score: weighted({ likes: 1, comments: 3 }) },
    }),
    ["key: reprocess", "joins.post: reprocess"],
    [raised, "seed the new generation from the log: no state has the past of key, joins.post"],
  ],
]

test.each(EDITS)("%s", (_, after, parts, todo) => {
  const found = edit(before, after)
  expect(found.parts).toEqual(parts)
  expect(found.todo).toEqual(todo)
  expect(found.check).toMatchObject({ passed: false, verdict: "changed" })
})

test("a version that was raised, and a migrate that is there, are not asked for again", () => {
  const { todo, parts } = edit(
    before,
    actor("engagement", {
      ...{ ...BASE, version: 2, migrate: (old: EncodedMeasures) => ({ likes: old.likes ?? null }) },
      measures: (m) => ({ likes: m.count(PostLiked), users: m.distinct("region"), comments: m.count(PostCommented) }),
      derive: { score: weighted({ likes: 1, comments: 3 }) },
    }),
  )
  expect(parts).toEqual(["version: version", "measures.users: migrate"])
  expect(todo).toEqual([])
})

const Tally = Schema.Struct({ seen: Schema.Number })
const free = (name: string, version: number, reduce: (state: { seen: number }) => { seen: number }) =>
  actor(name, { version, on: [PostLiked], key: "postId", state: Tally, initial: { seen: 0 }, reduce })

test("of the free form, other code needs a version and another state needs migrate", () => {
  const counting = free("tally", 1, ({ seen }) => ({ seen: seen + 1 }))
  expect(
    edit(
      counting,
      free("tally", 1, ({ seen }) => ({ seen: seen + 2 })),
    ).parts,
  ).toEqual(["reduce: version"])
  const other = actor("tally", {
    ...{ version: 1, on: [PostLiked], key: "postId", initial: { seen: "" } },
    state: Schema.Struct({ seen: Schema.String }),
    reduce: (state) => state,
  })
  const { parts, todo } = edit(counting, other)
  expect(parts).toEqual(["state: migrate", "initial: version", "reduce: version"])
  expect(todo).toContain("add migrate, or it begins empty: state")
})

test("actors that came and went are named; the others are unchanged", () => {
  const tally = free("tally", 1, (state) => state)
  const came = checkActors(codeOf([before, tally]), runs(codeOf([before])))
  expect(came.actors.map(({ actor: name, is, needs }) => [name, is, needs])).toEqual([
    ["engagement", "unchanged", "nothing"],
    ["tally", "new", "reprocess"],
  ])
  expect(came).toMatchObject({ passed: false, verdict: "changed", needs: "reprocess" })
  const went = checkActors(codeOf([before]), runs(codeOf([before, tally])))
  expect(went.actors.map(({ actor: name, is }) => [name, is])).toEqual([
    ["engagement", "unchanged"],
    ["tally", "gone"],
  ])
})

test("events of another form, new ones and ones that are gone are named", () => {
  const Other = event("post_liked", { version: 1, key: "postId", data: Schema.Struct({ postId: Schema.String }) })
  const now = codeOf([], [Other, PostCreated])
  const check = checkActors(now, runs(codeOf([], [PostLiked, PostCommented])))
  expect(check.events.map(({ type, is }) => [type, is])).toEqual([
    ["post_created", "new"],
    ["post_liked", "changed"],
    ["post_commented", "gone"],
  ])
  expect(check.passed).toBe(false)
})

describe("without a description", () => {
  const code = codeOf([before])
  const fingerprint = generationFingerprint({ ...code, number: 1 })

  test("before the first runner everything fits", () => {
    const nothing = { generation: 1, fingerprint: undefined, description: undefined }
    expect(checkActors(code, nothing)).toMatchObject({ passed: true, verdict: "nothing runs" })
  })

  test("the fingerprint alone says whether it is the same code", () => {
    const same = { generation: 1, fingerprint, description: undefined }
    expect(checkActors(code, same)).toMatchObject({ passed: true, verdict: "same" })
    expect(checkActors(code, { ...same, fingerprint: "other" })).toMatchObject({ passed: false, verdict: "differs" })
  })
})

test("unsound actors are an answer, with every problem, and nothing is compared", () => {
  const twice: ActorCheck = checkActors(
    codeOf([before, { ...before, definition: { ...before.definition } }]),
    runs(codeOf([before])),
  )
  expect(twice).toMatchObject({ passed: false, verdict: "unsound", fingerprint: null, actors: [] })
  expect(twice.problems.length).toBeGreaterThan(0)
})
