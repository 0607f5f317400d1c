/** What every Sink keeps to (S1, S4, S5), run by memory, Postgres and Mongo. */

import { afterEach, beforeEach, describe, expect, test } from "vitest"
import { assert } from "../base/assert.ts"
import { Misuse } from "../base/errors.ts"
import { below, chance, seededRandom } from "../base/random.ts"
import { type Batch, type Row, RowRefused, type Sink, Superseded, type Value, type ViewShape } from "./sink.ts"

export interface SinkUnderTest {
  readonly sink: Sink
  /** A new connection to the same place, as after a restart. */
  reopen(): Promise<Sink>
  /** Makes the next write end on its way, after some of its rows and before its checkpoint. */
  interruptNextWrite?(): void
  close(): Promise<void>
}

export interface SinkContract {
  readonly name: string
  open(): Promise<SinkUnderTest>
  /** A text this sink will never take in a field, or why there is none. */
  readonly refusedText: string | { readonly skip: string }
  /** Why a write cannot end half done, if it cannot. */
  readonly interrupted: "possible" | { readonly skip: string }
}

const POSTS: ViewShape = {
  name: "contract_posts",
  key: [
    { name: "tenant_id", type: "text" },
    { name: "post_id", type: "text" },
  ],
  fields: [
    { name: "likes", type: "long" },
    { name: "title", type: "text" },
  ],
}

const WINDOWS: ViewShape = {
  name: "contract_windows",
  key: [
    { name: "tenant_id", type: "text" },
    { name: "post_id", type: "text" },
    { name: "window_start", type: "time" },
  ],
  fields: [
    { name: "closed", type: "boolean" },
    { name: "mean", type: "double" },
    { name: "cost", type: "decimal" },
    { name: "top", type: "json" },
  ],
}

const post = (id: string, frame: number, likes: number | null, title = "a title"): Row => ({
  view: POSTS.name,
  key: ["acme", id],
  fields: likes === null ? null : [likes, title],
  frame,
})

const batch = (after: number, upto: number, rows: readonly Row[], more: Partial<Batch> = {}): Batch => ({
  projector: "contract",
  shard: 0,
  after,
  upto,
  rows,
  ...more,
})

export function sinkContract(contract: SinkContract): void {
  describe(`${contract.name} as a sink`, () => {
    let place: SinkUnderTest
    let sink: Sink

    beforeEach(async () => {
      place = await contract.open()
      sink = place.sink
      await sink.prepare([POSTS, WINDOWS])
    })

    afterEach(() => place.close())

    test("rows and checkpoint are there after a write, and after a restart (S1)", async () => {
      await sink.write(batch(0, 1, [post("p1", 1, 3), post("p2", 1, 0)]))
      const expected = { checkpoint: 1, rows: { "acme/p1": [3n, "a title"], "acme/p2": [0n, "a title"] } }
      expect(await seen(sink)).toEqual(expected)
      expect(await seen(await place.reopen())).toEqual(expected)
    })

    test("nothing is written at first: the checkpoint is 0 and the views are empty", async () => {
      expect(await seen(sink)).toEqual({ checkpoint: 0, rows: {} })
    })

    test("a batch without rows moves the checkpoint alone", async () => {
      await sink.write(batch(0, 17, []))
      expect(await seen(sink)).toEqual({ checkpoint: 17, rows: {} })
    })

    test("each projector and each shard has its own checkpoint", async () => {
      await sink.write(batch(0, 5, [post("p1", 5, 1)]))
      await sink.write(batch(0, 9, [post("p2", 9, 1)], { shard: 1 }))
      await sink.write(batch(0, 2, [], { projector: "another" }))
      const checkpoints = [
        sink.checkpoint("contract", 0),
        sink.checkpoint("contract", 1),
        sink.checkpoint("another", 0),
      ]
      expect(await Promise.all(checkpoints)).toEqual([5, 9, 2])
      expect(await sink.checkpoint("another", 1)).toBe(0)
    })

    test("a batch that does not follow the checkpoint changes nothing and is told the right one (S4)", async () => {
      await sink.write(batch(0, 5, [post("p1", 5, 1)]))
      const before = await seen(sink)
      for (const after of [0, 4, 6]) {
        const rows = [post("p1", 9, 100), post("p2", 9, 100)]
        const failure = await failureOf(sink.write(batch(after, 9, rows)))
        expect(failure).toBeInstanceOf(Superseded)
        expect(failure).toMatchObject({ checkpoint: 5 })
      }
      expect(await seen(sink)).toEqual(before)
    })

    test("of two projectors that both believe, one wins and the other is told so (S4)", async () => {
      const other = await place.reopen()
      const write = (to: Sink, likes: number) => to.write(batch(0, 1, [post("p1", 1, likes)]))
      const outcomes = await Promise.allSettled([write(sink, 1), write(other, 1)])
      expect(outcomes.filter(({ status }) => status === "fulfilled")).toHaveLength(1)
      const lost = outcomes.find((outcome) => outcome.status === "rejected")
      expect(lost?.reason).toBeInstanceOf(Superseded)
      expect(lost?.reason).toMatchObject({ checkpoint: 1 })
      expect(await seen(sink)).toEqual({ checkpoint: 1, rows: { "acme/p1": [1n, "a title"] } })
    })

    test("the same batch again leaves the same views, and says that it was already there (S5)", async () => {
      const same = batch(0, 3, [post("p1", 2, 7), post("p2", 3, null)])
      await sink.write(same)
      const before = await seen(sink)
      expect(await failureOf(sink.write(same))).toMatchObject({ tag: "Superseded", checkpoint: same.upto })
      expect(await seen(sink)).toEqual(before)
    })

    test("null deletes a row, of one that never was too, and a later frame brings it back", async () => {
      await sink.write(batch(0, 1, [post("p1", 1, 1)]))
      await sink.write(batch(1, 2, [post("p1", 2, null), post("never", 2, null)]))
      expect(await seen(sink)).toEqual({ checkpoint: 2, rows: {} })
      await sink.write(batch(2, 3, [post("p1", 3, 8)]))
      expect(await seen(sink)).toEqual({ checkpoint: 3, rows: { "acme/p1": [8n, "a title"] } })
    })

    test("a row that is older than the stored one leaves it as it is", async () => {
      await sink.write(batch(0, 5, [post("p1", 5, 50)]))
      await sink.write(batch(5, 6, [post("p1", 4, 40), post("p2", 6, 60)]))
      expect((await seen(sink)).rows).toEqual({ "acme/p1": [50n, "a title"], "acme/p2": [60n, "a title"] })
    })

    test("keys do not mix across tenants, views or parts", async () => {
      const keys = [
        ["acme", "a/b"],
        ["acme/a", "b"],
        ["other", "a/b"],
      ]
      const rows = keys.map((key, i): Row => ({ view: POSTS.name, key, fields: [i, key.join("|")], frame: 1 }))
      const start = new Date(0)
      const window: Row = { view: WINDOWS.name, key: ["acme", "a/b", start], fields: [true, 1, "1", []], frame: 1 }
      await sink.write(batch(0, 1, [...rows, window]))
      expect(await rowsOf(sink, POSTS)).toHaveLength(3)
      expect(await rowsOf(sink, WINDOWS)).toHaveLength(1)
    })

    test("every type of column comes back as it went in", async () => {
      const start = new Date("2026-01-01T00:00:00.123Z")
      const top = [{ value: "ü 'quoted' \"twice\" \\ \n", count: 3 }, null, true]
      const rows: Row[] = [
        {
          view: WINDOWS.name,
          key: ["acme", "full", start],
          fields: [true, -0.1, "12345678901234567.89", top],
          frame: 1,
        },
        { view: WINDOWS.name, key: ["acme", "empty", start], fields: [null, null, null, null], frame: 1 },
      ]
      const longs = [0, -1, Number.MAX_SAFE_INTEGER, 9_223_372_036_854_775_807n, -9_223_372_036_854_775_808n]
      const texts = ["", "ü", "a\tb\nc\\d", "\\N", "'; drop table x; --", "🚀"]
      const posts = [...longs, ...texts].map(
        (value, i): Row => ({
          view: POSTS.name,
          key: ["acme", `p${i}`],
          fields: typeof value === "string" ? [null, value] : [value, null],
          frame: 1,
        }),
      )
      await sink.write(batch(0, 1, [...rows, ...posts]))
      expect(await rowsOf(sink, WINDOWS)).toEqual(sorted(rows.map((row) => plain(row, WINDOWS))))
      expect(await rowsOf(sink, POSTS)).toEqual(sorted(posts.map((row) => plain(row, POSTS))))
    })

    test("a batch of thousands of rows is written whole", async () => {
      const rows = Array.from({ length: 3_000 }, (_, i) => post(`p${i}`, 1, i))
      await sink.write(batch(0, 1, rows))
      await sink.write(
        batch(
          1,
          2,
          rows.map((_, i) => post(`p${i}`, 2, i % 3 === 0 ? null : i + 1)),
        ),
      )
      const { rows: stored } = await seen(sink)
      expect(Object.keys(stored)).toHaveLength(2_000)
      expect(stored["acme/p2997"]).toBeUndefined()
      expect(stored["acme/p2998"]).toEqual([2_999n, "a title"])
    })

    test("preparing again keeps what is there; another shape under the same name is refused", async () => {
      await sink.write(batch(0, 1, [post("p1", 1, 1)]))
      const again = await place.reopen()
      await again.prepare([POSTS, WINDOWS])
      expect((await seen(again)).rows).toEqual({ "acme/p1": [1n, "a title"] })
      const changed = { ...POSTS, fields: [...POSTS.fields, { name: "shares", type: "long" as const }] }
      const failure = await failureOf(again.prepare([changed]))
      expect(failure).toBeInstanceOf(Misuse)
      expect(String(failure)).toContain(POSTS.name)
    })

    test.for([1, 2, 3])(
      "however frames are cut into batches, repeated and restarted, the views are the same (seed %i)",
      async (seed) => {
        const random = seededRandom(seed)
        const frames = Array.from({ length: 40 }, (_, i) => frameOf(i + 1))
        let at = 0
        while (at < frames.length) {
          const upto = Math.min(frames.length, at + 1 + below(random, 6))
          const cut = batch(at, upto, coalesce(frames.slice(at, upto)))
          await sink.write(cut)
          if (chance(random, 0.3)) expect(await failureOf(sink.write(cut))).toBeInstanceOf(Superseded)
          if (chance(random, 0.2)) sink = await place.reopen()
          at = upto
        }
        const folded = coalesce(frames).filter(({ fields }) => fields !== null)
        expect(await rowsOf(sink, POSTS)).toEqual(sorted(folded.map((row) => plain(row, POSTS))))
      },
    )

    skippable(contract.refusedText)("a row it will never take is named, and the checkpoint stays (S1)", async () => {
      assert(typeof contract.refusedText === "string", "skipped without one")
      const bad = post("bad", 1, 1, contract.refusedText)
      const failure = await failureOf(sink.write(batch(0, 1, [post("good", 1, 1), bad])))
      expect(failure).toBeInstanceOf(RowRefused)
      expect(failure).toMatchObject({ row: { key: bad.key } })
      expect(await sink.checkpoint("contract", 0)).toBe(0)
      await sink.write(batch(0, 1, [post("good", 1, 1)]))
      expect(await seen(sink)).toEqual({ checkpoint: 1, rows: { "acme/good": [1n, "a title"] } })
    })

    skippable(contract.interrupted)(
      "a write that ended half way is made whole by writing it again (S1, S5)",
      async () => {
        await sink.write(batch(0, 1, [post("p1", 1, 1), post("p2", 1, 1)]))
        const next = batch(1, 4, [post("p1", 4, null), post("p2", 3, 2), post("p3", 2, 3)])
        place.interruptNextWrite?.()
        expect(await failureOf(sink.write(next))).toMatchObject({ verdict: "retry" })
        expect(await sink.checkpoint("contract", 0)).toBe(1)
        await sink.write(next)
        expect(await seen(sink)).toEqual({
          checkpoint: 4,
          rows: { "acme/p2": [2n, "a title"], "acme/p3": [3n, "a title"] },
        })
      },
    )

    skippable(contract.interrupted)("an older write cannot bring a deleted row back", async () => {
      await sink.write(batch(0, 5, [post("p1", 5, null)]))
      await sink.write(batch(5, 6, [post("p1", 4, 40)]))
      expect((await seen(sink)).rows).toEqual({})
    })
  })
}

function skippable(condition: string | { readonly skip: string }) {
  return (name: string, run: () => Promise<void>) =>
    test(name, ({ skip }) => (typeof condition === "string" ? run() : skip(condition.skip)))
}

/** What frame n writes: a few of a few posts, so that later frames overwrite and delete what earlier ones wrote. */
function frameOf(n: number): Row[] {
  return [0, 1, 2]
    .map((i) => post(`p${(n * (i + 1)) % 7}`, n, (n + i) % 4 === 0 ? null : n * 10 + i))
    .filter(firstOfKey)
}

function firstOfKey(row: Row, at: number, rows: readonly Row[]): boolean {
  return rows.findIndex(({ key }) => key[1] === row.key[1]) === at
}

function coalesce(frames: readonly (readonly Row[])[]): Row[] {
  return [...new Map(frames.flat().map((row) => [JSON.stringify(row.key), row])).values()]
}

async function failureOf(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => "it did not fail",
    (error: unknown) => error,
  )
}

async function seen(sink: Sink) {
  const rows: Record<string, readonly Value[] | null> = {}
  for (const row of await rowsOf(sink, POSTS)) rows[row.key.join("/")] = row.fields
  return { checkpoint: await sink.checkpoint("contract", 0), rows }
}

async function rowsOf(sink: Sink, shape: ViewShape): Promise<Row[]> {
  const rows: Row[] = []
  for await (const row of sink.scan(shape.name)) rows.push(plain(row, shape))
  return sorted(rows)
}

/** Whole numbers may come back as numbers or as bigints; both mean the same. */
function plain(row: Row, { fields }: ViewShape): Row {
  const value = (given: Value, at: number) =>
    fields[at]?.type === "long" && typeof given === "number" ? BigInt(given) : given
  return { view: row.view, key: row.key, fields: row.fields?.map(value) ?? null, frame: row.frame }
}

function sorted(rows: readonly Row[]): Row[] {
  return [...rows].sort((a, b) => (JSON.stringify(a.key) < JSON.stringify(b.key) ? -1 : 1))
}
