/** Owns: giving the commands their backends, each loaded when it is first asked for. Never: a command's work. */

import type { Wiring } from "./api/cli/wiring.ts"
import { type Environment, readSettings } from "./base/config.ts"
import { CLI_CONNECT_WITHIN_MS } from "./base/limits.ts"

/** The generation that is worked on until there can be a second one. */
export const GENERATION = 1
const REPLICAS = 1

export function wiringOf(environment: Environment, role: Wiring["role"]): Wiring {
  return {
    role,
    async publisher(url, tenant) {
      const { connect } = await import("./client/index.ts")
      const name = "millrace publish"
      const client = await connect({ url, name, tenant, connectWithinMs: CLI_CONNECT_WITHIN_MS })
      return { publish: (event) => client.publish(event), close: () => client.close() }
    },
    async topology(url) {
      const { applyTopology, diffTopology } = await import("./streams/nats/topology.ts")
      const { planTopology } = await import("./streams/topology.ts")
      const { diskBytes } = readSettings(environment)
      const connection = await connectTo(url, "millrace topology")
      const options = { connection, declared: planTopology({ generation: GENERATION, diskBytes, replicas: REPLICAS }) }
      return {
        diff: () => diffTopology(options),
        apply: () => applyTopology(options),
        close: () => connection.close(),
      }
    },
    async log(url) {
      const { openNatsLog } = await import("./streams/nats/log.ts")
      const { systemClock } = await import("./base/clock.ts")
      const connection = await connectTo(url, "millrace")
      const log = await openNatsLog({ connection, clock: systemClock })
      return {
        log,
        async close() {
          await log.close()
          await connection.close()
        },
      }
    },
  }
}

async function connectTo(url: string, name: string) {
  const { connectNats } = await import("./wire/nats/connection.ts")
  return connectNats({ url, name, connectWithinMs: CLI_CONNECT_WITHIN_MS })
}
