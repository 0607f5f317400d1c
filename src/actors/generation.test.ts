import { expect, test } from "vitest"
import { ManualClock } from "../base/clock.manual.ts"
import { Misuse } from "../base/errors.ts"
import { actor } from "../define/actor.ts"
import { registryOf } from "../define/registry.ts"
import { PostLiked } from "../define/testing/events.ts"
import { tumbling } from "../define/windows.ts"
import { MemoryStore } from "../streams/memory/store.ts"
import { type Generation, generationFingerprint, generationKey, pinGeneration } from "./generation.ts"
import { descriptionKey, readDescription } from "./generation-description.ts"

const newStore = () => new MemoryStore({ clock: new ManualClock() })

function generation(title: string, minutes: "1 minute" | "5 minutes" = "1 minute"): Generation {
  const likes = actor("likes", {
    ...{ version: 1, title, on: [PostLiked], key: "postId", windows: [tumbling(minutes)] },
    measures: (m) => ({ likes: m.count().unit("likes") }),
  })
  const registry = registryOf([PostLiked])
  return { number: 1, shards: 2, outOfOrderMs: 2_000, definitions: [likes.definition], registry }
}

test("the first code pins a generation, and its description is kept beside the fingerprint", async () => {
  const control = newStore()
  const first = generation("Likes")
  await pinGeneration(control, first)
  const pinned = await control.get(generationKey(1))
  expect(Buffer.from(pinned!.value).toString("utf8")).toBe(generationFingerprint(first))
  const description = await readDescription(control, 1)
  expect(description).toMatchObject({ fingerprint: generationFingerprint(first), shards: 2, outOfOrderMs: 2_000 })
  expect(description?.events.map(({ type }) => type)).toEqual(["post_liked"])
  const words = { title: "Likes", fields: { likes: { unit: "likes" } } }
  expect(description?.actors).toMatchObject([{ name: "likes", means: { version: 1, graceMs: 30_000 }, words }])
})

test("words may change: the same generation goes on, and its description follows", async () => {
  const control = newStore()
  await pinGeneration(control, generation("Likes"))
  const { revision } = (await control.get(descriptionKey(1)))!
  await pinGeneration(control, generation("Likes"))
  expect((await control.get(descriptionKey(1)))!.revision).toBe(revision)
  await pinGeneration(control, generation("Hearts"))
  expect((await readDescription(control, 1))?.actors[0]?.words.title).toBe("Hearts")
})

test("other code is refused, and leaves the description as it was", async () => {
  const control = newStore()
  await pinGeneration(control, generation("Likes"))
  await expect(pinGeneration(control, generation("Likes", "5 minutes"))).rejects.toBeInstanceOf(Misuse)
  expect((await readDescription(control, 1))?.actors[0]?.means).toMatchObject({ windows: [{ sizeMs: 60_000 }] })
})

test("a generation begun by a build that kept no description gets one from the next runner of the same code", async () => {
  const control = newStore()
  const same = generation("Likes")
  await control.put(generationKey(1), Buffer.from(generationFingerprint(same), "utf8"))
  expect(await readDescription(control, 1)).toBeUndefined()
  await pinGeneration(control, same)
  expect((await readDescription(control, 1))?.fingerprint).toBe(generationFingerprint(same))
})
