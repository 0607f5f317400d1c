/** Owns: "may traffic be sent here", and which part says no. Never: restarting anything. */

import type { Clock } from "../../../base/clock.ts"
import { runChecks } from "../readiness.ts"
import { json } from "../reply.ts"
import type { Route } from "../router.ts"
import type { Sources } from "../sources.ts"

export function readyzRoute({ sources, clock }: { readonly sources: Sources; readonly clock: Clock }): Route {
  return {
    path: "/readyz",
    methods: ["GET"],
    async answer() {
      const checks = await runChecks(sources.checks, clock)
      const ready = checks.every(({ ok }) => ok)
      return json(ready ? 200 : 503, { ready, checks })
    },
  }
}
