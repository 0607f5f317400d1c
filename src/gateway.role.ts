/** Owns: the gateway role: its connection, its sources, its server. Never: what it answers (api/gateway/). */

import { startGateway } from "./api/gateway/gateway.ts"
import { Misuse } from "./base/errors.ts"
import type { RoleBody } from "./base/role.ts"
import { gatewaySources } from "./gateway.sources.ts"
import { knownActors } from "./runner.actors.ts"
import { CONTROL_BUCKET } from "./streams/names.ts"
import { openNatsLog } from "./streams/nats/log.ts"
import { openSession } from "./streams/nats/session.ts"
import { openNatsStore } from "./streams/nats/store.ts"
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
  const { definitions, registry } = await knownActors(actorsIn(context.args))
  const connection = await connectNats({ url: settings.natsUrl, name: "millrace-gateway", logger })
  const session = await openSession(connection, clock)
  const log = await openNatsLog({ connection, clock, logger })
  const control = await openNatsStore({ connection, clock, bucket: CONTROL_BUCKET })
  const sources = gatewaySources({
    context,
    session,
    log,
    control,
    definitions,
    registry,
    topology: topologyOf(settings),
  })
  const { httpHost: host, httpPort: port } = settings
  const gateway = await startGateway({ host, port, version: version(), sources, logger, clock, metrics })
  return {
    report: { http: gateway.url },
    async drain() {
      await gateway.drain()
      await log.close()
      control.close()
      await connection.drain()
    },
  }
}

/** The user's module, which `start` hands to every role. */
function actorsIn(args: readonly string[]): string | undefined {
  const at = args.indexOf("--actors")
  return at < 0 ? undefined : args[at + 1]
}
