/**
 * Owns: what has to hold in the log before roles start, and a guard over its disk while they run.
 * Never: a disk that we do not see: a log that was not started here is guarded by whoever did.
 */

import type { Settings } from "./base/config.ts"
import { jsonLogger, type Logger } from "./base/log.ts"
import type { ServerUrls } from "./local/servers.ts"
import { DiskGuard } from "./streams/disk.guard.ts"
import { checkDisk, readDisk } from "./streams/disk.ts"
import { INGEST } from "./streams/names.ts"
import { countStreams } from "./streams/nats/counts.ts"
import { natsDoor } from "./streams/nats/door.ts"
import { openSession, type Session } from "./streams/nats/session.ts"
import { applyTopology } from "./streams/nats/topology.ts"
import type { Topology } from "./streams/topology.ts"
import { topologyOf } from "./topology.settings.ts"
import { connectNats } from "./wire/nats/connection.ts"

/** Resolves to what ends it. */
export async function prepareStreams(settings: Settings, { nats }: ServerUrls): Promise<() => Promise<void>> {
  // On a person's terminal: only what they should know.
  const logger = jsonLogger({ level: "error", fields: { role: "supervisor" } })
  const connection = await connectNats({ url: nats, name: "millrace-start", logger })
  const session = await openSession(connection)
  const declared = topologyOf(settings)
  const ours = settings.natsUrl === undefined
  if (ours) await refuseFullDisk(settings, session)
  await applyTopology({ connection, declared, logger })
  const guard = ours ? await guardDisk(settings, session, declared, logger) : undefined
  return async () => {
    await guard?.stop()
    await connection.close()
  }
}

async function refuseFullDisk({ dir, diskBytes }: Settings, session: Session): Promise<void> {
  const [space, streams] = await Promise.all([readDisk(dir), countStreams(session)])
  const usedByStreams = streams.reduce((sum, { bytes }) => sum + bytes, 0)
  const problem = checkDisk({ ...space, declaredBytes: diskBytes, usedByStreams })
  if (problem !== undefined) throw problem
}

async function guardDisk({ dir }: Settings, session: Session, { streams }: Topology, logger: Logger) {
  const ingest = streams.find(({ name }) => name === INGEST)
  if (ingest === undefined) return undefined
  const guard = new DiskGuard({ door: natsDoor(session, ingest), look: () => readDisk(dir), logger })
  await guard.start()
  return guard
}
