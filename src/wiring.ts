/** Owns: what the commands ask of the rest, each part loaded when it is used. Never: a command's work. */

import type { Wiring } from "./api/cli/wiring.ts"
import { type Environment, readSettings } from "./base/config.ts"

type RunRole = Wiring["role"]

const NAME = "millrace-cli"
/** A person waits: a server that is not there is said at once. */
const CONNECT_WITHIN_MS = 0

export function wiring(environment: Environment, role: RunRole): Wiring {
  return {
    role,
    async publisher(url, tenant) {
      const { connect } = await import("./client/connect.ts")
      return connect({ url, tenant, name: NAME, connectWithinMs: CONNECT_WITHIN_MS })
    },
    async topology(url) {
      const [connection, { applyTopology, diffTopology }, { topologyOf }] = await Promise.all([
        connected(url),
        import("./streams/nats/topology.ts"),
        import("./topology.settings.ts"),
      ])
      const options = { connection, declared: topologyOf(readSettings(environment)) }
      return {
        diff: () => diffTopology(options),
        apply: () => applyTopology(options),
        close: () => connection.close(),
      }
    },
    async log(url) {
      const [connection, { openNatsLog }] = await Promise.all([connected(url), import("./streams/nats/log.ts")])
      const log = await openNatsLog({ connection })
      return {
        log,
        async close() {
          await log.close()
          await connection.close()
        },
      }
    },
    async control(url) {
      const [connection, { openNatsStore }] = await Promise.all([connected(url), import("./streams/nats/store.ts")])
      const { CONTROL_BUCKET } = await import("./streams/names.ts")
      const { topologyOf } = await import("./topology.settings.ts")
      const store = await openNatsStore({ connection, bucket: CONTROL_BUCKET })
      return {
        generation: topologyOf(readSettings(environment)).generation,
        store,
        async close() {
          store.close()
          await connection.close()
        },
      }
    },
    async actors(module) {
      const { loadActors } = await import("./runner.actors.ts")
      return loadActors(module)
    },
  }
}

async function connected(url: string) {
  const { connectNats } = await import("./wire/nats/connection.ts")
  return connectNats({ url, name: NAME, connectWithinMs: CONNECT_WITHIN_MS })
}
