/** Snapshots in a real bucket: what is written, removed and read back, and what the server is left with. */

import { afterAll, beforeAll, expect, test } from "vitest"
import { startTestNats, type TestServer } from "../../local/testing/servers.ts"
import { bucketStream, stateBucket } from "../../streams/names.ts"
import { openNatsLog } from "../../streams/nats/log.ts"
import { openNatsStore } from "../../streams/nats/store.ts"
import { applyTopology } from "../../streams/nats/topology.ts"
import { planTopology } from "../../streams/topology.ts"
import { connectNats, type NatsConnection } from "../../wire/nats/connection.ts"
import { bytesOf, ShardLives, undisturbed } from "../testing/shard-lives.ts"
import { shardLoad } from "../testing/shard-load.ts"
import { decodeManifest, namedBy } from "./manifest.ts"
import { manifestKey } from "./values.ts"

const GENERATION = 1
const NEVER = { everyMs: Infinity, deltaBytes: Infinity, tailBytes: Infinity }
let server: TestServer
let connection: NatsConnection

beforeAll(async () => {
  server = await startTestNats()
  connection = await connectNats({ url: server.url, name: "test" })
  const declared = planTopology({ generation: GENERATION, diskBytes: 2 ** 30, replicas: 1 })
  await applyTopology({ connection, declared })
})
afterAll(async () => {
  await connection?.close()
  await server?.stop()
})

test("a shard is taken over from a real bucket, which is left with what the manifest names and nothing else", async () => {
  const state = await openNatsStore({ connection, bucket: stateBucket(GENERATION) })
  const messages = shardLoad(4, { messages: 60, keys: 40, stepMs: 2_000 })
  const lives = new ShardLives(state)
  await lives.send(messages.slice(0, 40))
  const first = lives.begin()
  await lives.finish(first)
  // As a process dies: without another word.
  first.mortal.end()
  await lives.send(messages.slice(40))
  const second = lives.begin()
  await lives.finish(second)
  const reference = undisturbed(messages)
  expect(second.machine().core()).toEqual(reference.machine.core())
  expect(await bytesOf(second.residents(), reference.bytes.keys())).toEqual(reference.bytes)
  second.worker.stop()
  await second.ended
  // What the end came in between is swept by whoever comes next.
  const third = lives.begin({ pace: NEVER })
  await lives.finish(third)
  third.worker.stop()
  await third.ended
  const manifest = decodeManifest((await state.get(manifestKey(0)))!.value)
  const named = namedBy(manifest).reduce((count, { parts }) => count + parts, 1)
  expect(await state.keys("0")).toHaveLength(named)
  const log = await openNatsLog({ connection })
  expect((await log.bounds(bucketStream(stateBucket(GENERATION)))).messages).toBe(named)
  log.close()
  state.close()
})
