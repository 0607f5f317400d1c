/**
 * Owns: what the gateway knows of servers, roles and the log: asked of NATS, of the supervisor, of the disk.
 * Never: answering people (api/gateway/).
 */

import { connect } from "node:net"
import { generationFingerprint, generationKey } from "./actors/generation.ts"
import { engineNames, NO_NAMES } from "./api/gateway/engine-names.ts"
import { readEngine } from "./api/gateway/engine-source.ts"
import type { ReadinessCheck, Sources } from "./api/gateway/sources.ts"
import { tailLog } from "./api/gateway/tail-source.ts"
import type { LaneStatus, LogReport, RoleStatus, ServerStatus } from "./api/report.ts"
import type { ChildStatus } from "./base/channel.ts"
import { explain } from "./base/errors.ts"
import { LANES, OUT_OF_ORDER_MS, SHARDS } from "./base/limits.ts"
import type { RoleContext } from "./base/role.ts"
import type { Definition } from "./define/definition.ts"
import type { Registry } from "./define/registry.ts"
import { readDisk } from "./streams/disk.ts"
import type { Log } from "./streams/log.ts"
import { INGEST } from "./streams/names.ts"
import { countStreams, countSubjects } from "./streams/nats/counts.ts"
import type { Session } from "./streams/nats/session.ts"
import type { Store } from "./streams/store.ts"
import type { Topology } from "./streams/topology.ts"
import { laneFilter, parseStored } from "./wire/subject.ts"

export interface GatewaySources {
  readonly context: RoleContext
  readonly session: Session
  readonly log: Log
  /** The control bucket. */
  readonly control: Store
  readonly definitions: readonly Definition[]
  readonly registry: Registry
  readonly topology: Topology
}

const SERVERS = ["nats", "postgres", "mongo"] as const
type Server = (typeof SERVERS)[number]

export function gatewaySources(options: GatewaySources): Sources {
  const { context, log, control, registry, topology } = options
  const { generation } = topology
  return {
    checks: [...SERVERS.map((server) => serverCheck(context, server)), streamsCheck(options)],
    log: () => logReport(options),
    engine: () => readEngine({ log, control, generation, shards: SHARDS }, context.clock.now()),
    servers: () => serverStatuses(options),
    roles: async () => rolesOf(await context.siblings()),
    tail: (query, signal) => tailLog({ log, registry, generation, names: () => namesOf(options) }, query, signal),
  }
}

/** Other code numbers its actors otherwise. */
async function namesOf({ control, definitions, registry, topology }: GatewaySources) {
  const own = { number: topology.generation, shards: SHARDS, outOfOrderMs: OUT_OF_ORDER_MS, definitions, registry }
  const pinned = await control.get(generationKey(own.number))
  const same = pinned !== undefined && Buffer.from(pinned.value).toString("utf8") === generationFingerprint(own)
  return same ? engineNames(definitions) : NO_NAMES
}

function urlOf({ settings }: RoleContext, server: Server): string | undefined {
  return { nats: settings.natsUrl, postgres: settings.postgresUrl, mongo: settings.mongoUrl }[server]
}

function serverCheck(context: RoleContext, server: Server): ReadinessCheck {
  const url = urlOf(context, server)
  return {
    part: server,
    hint: `the log of ${server} tells more; its supervisor starts it again, or MILLRACE_${server.toUpperCase()}_URL is wrong`,
    async check() {
      if (url === undefined) return { ok: true, detail: "not used by this gateway" }
      const problem = await whyUnreachable(url)
      return problem === undefined ? { ok: true, detail: "accepts connections" } : { ok: false, detail: problem }
    },
  }
}

function streamsCheck({ session, topology }: GatewaySources): ReadinessCheck {
  return {
    part: "streams",
    hint: "npx millrace topology apply",
    async check() {
      const there = new Set((await countStreams(session)).map(({ name }) => name))
      const missing = topology.streams.filter(({ name }) => !there.has(name)).map(({ name }) => name)
      if (missing.length > 0) return { ok: false, detail: `missing: ${missing.join(", ")}` }
      return { ok: true, detail: `${topology.streams.length} are there` }
    },
  }
}

const DEFAULT_PORTS: Readonly<Record<string, number>> = { "nats:": 4222, "tls:": 4222, "mongodb:": 27_017 }
const POSTGRES_PORT = 5432

/** Nothing if something accepts connections there. What it is, its own clients find out. */
function whyUnreachable(url: string): Promise<string | undefined> {
  const { protocol, hostname, port } = new URL(url)
  // Such a name stands for records that only the driver looks up.
  if (protocol === "mongodb+srv:") return Promise.resolve(undefined)
  return new Promise((resolve) => {
    const socket = connect(Number(port) || (DEFAULT_PORTS[protocol] ?? POSTGRES_PORT), hostname)
    const done = (problem: string | undefined) => {
      socket.destroy()
      resolve(problem)
    }
    socket.once("connect", () => done(undefined))
    socket.once("error", (error) => done(explain(error)))
  })
}

async function serverStatuses({ context, session }: GatewaySources): Promise<ServerStatus[]> {
  const own = (await context.siblings()).filter(({ kind }) => kind === "server")
  const given = SERVERS.filter((server) => !own.some(({ name }) => name === server))
  const natsVersion = session.connection.info?.version ?? null
  const others = await Promise.all(given.map((server) => givenServer(context, server)))
  return [...own.map(ownServer), ...others]
    .map((status) => (status.name === "nats" ? { ...status, version: natsVersion } : status))
    .sort((a, b) => placeOf(a) - placeOf(b))
}

/** The three in the order of the contract, then what they stand on. */
function placeOf({ name }: ServerStatus): number {
  const order: readonly string[] = SERVERS
  return order.includes(name) ? order.indexOf(name) : order.length
}

function ownServer({ name, state, origin, address, restarts }: ChildStatus): ServerStatus {
  const version = /\d+\.\d+(\.\d+)?/.exec(origin ?? "")?.[0] ?? null
  return { name, up: state === "running", version, origin, address, restarts }
}

async function givenServer(context: RoleContext, server: Server): Promise<ServerStatus> {
  const url = urlOf(context, server)
  const unknown = { name: server, version: null, restarts: null }
  if (url === undefined) return { ...unknown, up: false, origin: null, address: null }
  const address = `${new URL(url).protocol}//${new URL(url).host}`
  const origin = `MILLRACE_${server.toUpperCase()}_URL`
  return { ...unknown, up: (await whyUnreachable(url)) === undefined, origin, address }
}

function rolesOf(children: readonly ChildStatus[]): RoleStatus[] {
  return children
    .filter(({ kind }) => kind === "role")
    .map(({ name, state, pid, restarts, since, lastFailure }) => ({ name, state, pid, restarts, since, lastFailure }))
}

async function logReport(options: GatewaySources): Promise<LogReport> {
  const { session, topology, context } = options
  const [counts, lanes] = await Promise.all([countStreams(session), lanesOf(options)])
  const declared = new Map(topology.streams.map(({ name, holds }) => [name, holds]))
  const ours = counts.filter(({ name }) => declared.has(name))
  const streams = ours.map(({ limitBytes, ...count }) => ({
    ...count,
    holds: declared.get(count.name) ?? "",
    limitBytes: limitBytes ?? null,
  }))
  const usedBytes = ours.reduce((sum, { bytes }) => sum + bytes, 0)
  return { lanes, streams, disk: await diskOf(context, usedBytes) }
}

async function lanesOf({ session, log }: GatewaySources): Promise<LaneStatus[]> {
  const messages = new Array<number>(LANES).fill(0)
  for (const [subject, count] of await countSubjects(session, INGEST, "log.>")) {
    const at = parseStored(subject)
    if (at !== undefined && "lane" in at) messages[at.lane] = (messages[at.lane] ?? 0) + count
  }
  return Promise.all(
    messages.map(async (count, lane) => {
      const newest = count === 0 ? undefined : await log.last(INGEST, laneFilter(lane))
      return { lane, last: newest?.sequence ?? 0, messages: count, bytes: null }
    }),
  )
}

/** Of the disk that holds our own data. A NATS of others has a disk that we do not see. */
async function diskOf({ settings }: RoleContext, usedBytes: number): Promise<LogReport["disk"]> {
  const { freeBytes } = await readDisk(settings.dir)
  return { freeBytes, allowedBytes: settings.diskBytes, usedBytes }
}
