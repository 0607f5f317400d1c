/**
 * Owns: letting go of a generation's streams and of what coordinated it. Never: the log, or letters: they outlive it.
 * Whether anybody still works it is the caller's to know.
 */

import { assert } from "../../base/assert.ts"
import * as names from "../names.ts"
import type { Store } from "../store.ts"
import { ask, type Session } from "./session.ts"
import { readStreams } from "./topology.ts"

export async function dropGeneration(session: Session, control: Store, generation: number): Promise<void> {
  const { shardsStream, outboxStream, stateBucket, bucketStream } = names
  const there = new Set((await readStreams(session)).map(({ name }) => name))
  const streams = [shardsStream(generation), outboxStream(generation), bucketStream(stateBucket(generation))]
  for (const stream of streams.filter((name) => there.has(name))) {
    assert(names.generationOf(stream) === generation, `${stream} is not of generation ${generation}`)
    await ask("log", `drop ${stream}`, session, () => session.manager.streams.delete(stream))
  }
  for (const prefix of ["lease.lane", "lease.shard", "lane", "loop", "generation"]) {
    for (const { key } of await control.list(`${prefix}.${generation}`)) await control.remove(key)
  }
}
