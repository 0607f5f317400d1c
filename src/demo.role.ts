/** Owns: the demo role as a process. Never: what it plays (builtin/demo.ts), or whether it may (start.role.ts). */

import { Misuse } from "./base/errors.ts"
import { systemRandom } from "./base/random.ts"
import type { RoleBody } from "./base/role.ts"
import { startDemo } from "./builtin/demo.ts"

export const demoRole: RoleBody = async ({ settings, logger, clock, metrics }) => {
  const { natsUrl } = settings
  if (natsUrl === undefined) throw new Misuse({ operation: "play the demo", reason: "it has no NATS server" })
  const demo = await startDemo({ natsUrl, logger, clock, metrics, random: systemRandom })
  return { report: {}, drain: () => demo.drain() }
}
