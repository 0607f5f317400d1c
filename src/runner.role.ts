/** Owns: the runner role as a process: its connection, its ports, its engine. Never: what a runner does (actors/). */

import { type Engine, makeEngine } from "./actors/engine.ts"
import { Misuse } from "./base/errors.ts"
import { OUT_OF_ORDER_MS, SHARDS } from "./base/limits.ts"
import { systemRandom } from "./base/random.ts"
import type { RoleBody, RoleContext } from "./base/role.ts"
import { knownActors } from "./runner.actors.ts"
import { observeRunner } from "./runner.metrics.ts"
import { keptInBucket } from "./runner.state.ts"
import { CONTROL_BUCKET, outboxStream, shardsStream, stateBucket } from "./streams/names.ts"
import { openNatsLog } from "./streams/nats/log.ts"
import { openNatsStore } from "./streams/nats/store.ts"
import { topologyOf } from "./topology.settings.ts"
import { connectNats, type NatsConnection } from "./wire/nats/connection.ts"

export const runnerRole: RoleBody = async (context) => {
  const { settings, logger } = context
  if (settings.natsUrl === undefined) {
    throw new Misuse({
      operation: "start a runner",
      reason: "it has no NATS server",
      hint: "set MILLRACE_NATS_URL, or use `millrace start`, which brings one",
    })
  }
  const connection = await connectNats({ url: settings.natsUrl, name: "millrace-runner", logger })
  const { engine, close, failed } = await open(context, connection)
  await engine.start()
  return {
    report: {},
    failed,
    async drain() {
      await engine.leave()
      await close()
    },
  }
}

interface Opened {
  readonly engine: Engine
  readonly failed: Promise<unknown>
  close(): Promise<void>
}

async function open(
  { settings, logger, clock, metrics, args }: RoleContext,
  connection: NatsConnection,
): Promise<Opened> {
  const { generation, streams } = topologyOf(settings)
  const { definitions, registry } = await knownActors(actorsIn(args))
  const log = await openNatsLog({ connection, clock, logger })
  const control = await openNatsStore({ connection, clock, bucket: CONTROL_BUCKET })
  const state = await openNatsStore({ connection, clock, bucket: stateBucket(generation) })
  const failure = Promise.withResolvers<unknown>()
  const behind = [shardsStream(generation), outboxStream(generation)]
  const observed = observeRunner({ metrics, clock, log, logger, generation })
  const id = runId()
  const engine = await makeEngine({
    generation: { number: generation, shards: SHARDS, outOfOrderMs: OUT_OF_ORDER_MS, definitions, registry },
    ...{ log, control, state, clock, logger },
    id,
    makeKept: keptInBucket(settings.dir, id, SHARDS),
    watched: streams.filter(({ name }) => behind.includes(name)),
    keepsFacts: args.includes("--no-facts") ? () => false : () => true,
    guarded: false,
    observe: observed,
    onFailed: failure.resolve,
  })
  observed.follow(engine)
  const close = async () => {
    observed.close()
    await log.close()
    control.close()
    state.close()
    await connection.drain()
  }
  return { engine, failed: failure.promise, close }
}

function runId(): string {
  return [systemRandom.uint32(), systemRandom.uint32()].map((word) => word.toString(36)).join("")
}

/** The user's module, which `start` hands to every role. */
function actorsIn(args: readonly string[]): string | undefined {
  const at = args.indexOf("--actors")
  return at < 0 ? undefined : args[at + 1]
}
