/** Owns: the gateway role: its connection, its sources, its server. Never: what it answers (api/gateway/). */

import { startGateway } from "./api/gateway/gateway.ts"
import { Misuse } from "./base/errors.ts"
import type { RoleBody } from "./base/role.ts"
import { BUILTIN_EVENTS } from "./builtin/events.ts"
import { registryOf } from "./define/registry.ts"
import { gatewaySources } from "./gateway.sources.ts"
import { openNatsLog } from "./streams/nats/log.ts"
import { openSession } from "./streams/nats/session.ts"
import { topologyOf } from "./topology.settings.ts"
import { version } from "./version.ts"
import { connectNats } from "./wire/nats/connection.ts"

export const gatewayRole: RoleBody = async (context) => {
  const { settings, logger, metrics, clock } = context
  if (settings.natsUrl === undefined) {
    throw new Misuse({
      operation: "start the gateway",
      reason: "it has no NATS server",
      hint: "set MILLRACE_NATS_URL, or use `millrace start`, which brings one",
    })
  }
  const connection = await connectNats({ url: settings.natsUrl, name: "millrace-gateway", logger })
  const session = await openSession(connection, clock)
  const log = await openNatsLog({ connection, clock, logger })
  const registry = registryOf(BUILTIN_EVENTS)
  const sources = gatewaySources({ context, session, log, registry, topology: topologyOf(settings) })
  const { httpHost: host, httpPort: port } = settings
  const gateway = await startGateway({ host, port, version: version(), sources, logger, clock, metrics })
  return {
    report: { http: gateway.url },
    async drain() {
      await gateway.drain()
      await log.close()
      await connection.drain()
    },
  }
}
