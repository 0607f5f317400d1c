/**
 * Owns: reading the streams a server has, and making them what is declared where that loses nothing.
 * Never: deleting a stream, or going on with one that is not as asked for: an old server takes settings it does not
 * know without a word and leaves them out.
 */

import type { StreamInfo } from "@nats-io/jetstream"
import { sleep } from "../../base/clock.ts"
import { type Failure, Misuse, Unreachable } from "../../base/errors.ts"
import { READER_RETRY_EVERY_MS } from "../../base/limits.ts"
import { type Logger, silentLogger } from "../../base/log.ts"
import type { NatsConnection } from "../../wire/nats/connection.ts"
import { type ActualStream, type Change, describeChange, diff, differences, shapeOf } from "../topology.diff.ts"
import type { StreamDeclaration, Topology } from "../topology.ts"
import { failureOfError, outcomeOf } from "./errors.ts"
import { ask, openSession, type Session, unlessLost } from "./session.ts"
import { actualOf, configOf } from "./topology.config.ts"

export interface TopologyOptions {
  readonly connection: NatsConnection
  readonly declared: Topology
  readonly logger?: Logger
}

/** Other processes may be applying the same at the same time; each round settles what the last one left. */
const ROUNDS_MAX = 5
const NAME_IN_USE = 10058
const NO_ROOM = new Set([10023, 10028, 10047, 10122])

export async function diffTopology({ connection, declared }: TopologyOptions): Promise<Change[]> {
  return diff(declared, await readStreams(await openSession(connection)))
}

/** Resolves to what was changed, and what is to be known of the rest. Refuses before it changes anything. */
export async function applyTopology(options: TopologyOptions): Promise<Change[]> {
  const { connection, declared, logger = silentLogger } = options
  const session = await openSession(connection)
  const done: Change[] = []
  let unsettled: unknown
  for (let round = 0; round < ROUNDS_MAX; round++) {
    if (round > 0) await sleep(session.clock, READER_RETRY_EVERY_MS * round)
    const changes = diff(declared, await readStreams(session))
    refuse(changes)
    const wanted = streamsToChange(declared, changes)
    if (wanted.length === 0) return [...done, ...changes]
    for (const stream of wanted) {
      const mine = changes.filter((change) => change.stream === stream.name && isWork(change))
      const result = await bring(session, stream, mine)
      if (result.tag === "unsettled") unsettled = result.error
      else for (const change of mine) logger.info("changed the topology", { change: describeChange(change) })
      if (result.tag === "done") done.push(...mine)
    }
  }
  throw new Unreachable({
    operation: "apply the topology",
    reason: `after ${ROUNDS_MAX} rounds the streams are still not as declared`,
    hint: "is another version of Millrace applying a topology of its own to the same server?",
    cause: unsettled,
  })
}

export async function readStreams(session: Session): Promise<ActualStream[]> {
  return ask("log", "list the streams", session, async () => {
    const streams: ActualStream[] = []
    for await (const info of session.manager.streams.list()) streams.push(actualOf(info))
    return streams
  })
}

const isWork = ({ kind }: Change) => kind === "create" || kind === "update"

function streamsToChange({ streams }: Topology, changes: readonly Change[]): readonly StreamDeclaration[] {
  const names = new Set(changes.filter(isWork).map(({ stream }) => stream))
  return streams.filter(({ name }) => names.has(name))
}

function refuse(changes: readonly Change[]): void {
  const refused = changes.filter(({ kind }) => kind === "refused")
  if (refused.length === 0) return
  throw new Misuse({
    operation: "apply the topology",
    reason: `it would lose data:\n  ${refused.map(describeChange).join("\n  ")}`,
    hint: "declare what is there, or move the data away first; nothing was changed",
  })
}

/** `unsettled`: somebody else was faster, or the server is busy; the next round looks again. */
type Brought = { readonly tag: "done" } | { readonly tag: "unsettled"; readonly error: unknown }

async function bring(session: Session, declared: StreamDeclaration, work: readonly Change[]): Promise<Brought> {
  const created = work.some(({ kind }) => kind === "create")
  try {
    const change = () => (created ? create(session, declared) : update(session, declared))
    checkEcho(declared, await unlessLost(session.connection, change))
    return { tag: "done" }
  } catch (error) {
    const outcome = outcomeOf(error)
    if (outcome?.kind === "away" || outcome?.code === NAME_IN_USE) return { tag: "unsettled", error }
    throw explained(declared, error)
  }
}

function create({ manager }: Session, declared: StreamDeclaration): Promise<StreamInfo> {
  return manager.streams.add(configOf(declared))
}

/** A closed stream stays closed: its limit and metadata are the disk guard's. */
async function update({ manager }: Session, declared: StreamDeclaration): Promise<StreamInfo> {
  const { config, state } = await manager.streams.info(declared.name)
  const closed = actualOf({ config, state }).closedBecause !== undefined
  const wanted = configOf(declared)
  return manager.streams.update(declared.name, { ...wanted, ...(closed ? { max_msgs: config.max_msgs } : {}) })
}

function checkEcho(declared: StreamDeclaration, echo: StreamInfo): void {
  const { shape, closedBecause } = actualOf(echo)
  const asked = shapeOf(declared)
  const got = closedBecause === undefined ? shape : { ...shape, maxMessages: asked.maxMessages }
  const [first] = differences(declared.name, got, asked)
  if (first === undefined) return
  throw new Misuse({
    operation: `apply the topology: ${declared.name}`,
    reason: `asked for ${first.field} ${JSON.stringify(asked[first.field])}, the server made it ${JSON.stringify(first.is)}`,
    hint: "a server that is too old ignores settings it does not know: Millrace needs NATS 2.14 or newer",
  })
}

function explained(declared: StreamDeclaration, error: unknown): Failure {
  const operation = `apply the topology: ${declared.name}`
  const code = outcomeOf(error)?.code
  if (code === undefined || !NO_ROOM.has(code)) return failureOfError("log", operation, error)
  return new Misuse({
    operation,
    reason: `the server has no room for ${declared.maxBytes} bytes more`,
    hint: "lower MILLRACE_DISK_BYTES, or raise max_file_store in the server's configuration",
    cause: error,
  })
}
