/** Owns: a simulated server with the log of record, and reading all of it when the run is over. Never: who publishes. */

import type { Log, Stored } from "../streams/log.ts"
import { MemoryLog } from "../streams/memory/log.ts"
import { INGEST } from "../streams/names.ts"
import { planTopology, type StreamDeclaration } from "../streams/topology.ts"
import type { Server } from "./network.ts"
import type { World } from "./world.ts"

export interface SimulatedIngest {
  readonly server: Server
  /** Without the network between: for judges, not for players. */
  readonly log: MemoryLog
}

const DISK_BYTES = 2 ** 40
const READ_AT_ONCE = 10_000

export function openLog(
  world: World,
  change: (declared: readonly StreamDeclaration[]) => readonly StreamDeclaration[] = (declared) => declared,
): SimulatedIngest {
  const server = world.server("nats", { setFull: (full) => log.setOpen(INGEST, !full) })
  const { streams } = planTopology({ generation: 1, diskBytes: DISK_BYTES, replicas: 1 })
  const log = new MemoryLog({ clock: server.life.clock, streams: change(streams) })
  return { server, log }
}

export async function readAll(log: Log): Promise<readonly Stored[]> {
  const reader = await log.read({ stream: INGEST, from: 1 })
  const all: Stored[] = []
  for (let some = await reader.next(READ_AT_ONCE, 0); some.length > 0; some = await reader.next(READ_AT_ONCE, 0)) {
    all.push(...some)
  }
  await reader.close()
  return all
}
