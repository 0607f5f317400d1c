/** Owns: "is this process alive". Never: whether it is of any use; see readyz. */

import type { Clock } from "../../../base/clock.ts"
import { json } from "../reply.ts"
import type { Route } from "../router.ts"

interface Healthz {
  readonly version: string
  readonly clock: Clock
  readonly startedMs: number
}

export function healthzRoute({ version, clock, startedMs }: Healthz): Route {
  return {
    path: "/healthz",
    methods: ["GET"],
    answer: () => json(200, { ok: true, millrace: version, uptimeMs: Math.round(clock.monotonicMs() - startedMs) }),
  }
}
