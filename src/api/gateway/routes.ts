/** Owns: the table of routes. Never: their work. */

import type { GatewayOptions } from "./gateway.ts"
import type { Route } from "./router.ts"
import { assetRoute } from "./routes/asset.ts"
import { healthzRoute } from "./routes/healthz.ts"
import { homeRoute } from "./routes/home.ts"
import { readyzRoute } from "./routes/readyz.ts"
import { statusRoute } from "./routes/status.ts"
import { tailRoute } from "./routes/tail.ts"

export function routesOf(options: Pick<GatewayOptions, "sources" | "version" | "clock" | "logger">): readonly Route[] {
  const { sources, version, clock, logger } = options
  const startedMs = clock.monotonicMs()
  return [
    homeRoute(),
    assetRoute(),
    healthzRoute({ version, clock, startedMs }),
    readyzRoute({ sources, clock }),
    statusRoute({ sources, version, clock, startedMs }),
    tailRoute({ sources, logger, clock }),
  ]
}
