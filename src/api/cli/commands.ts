/** Owns: the list of commands, in the order of help. Never: a command that does not work yet. */

import type { Command } from "./command.ts"
import { actorCheck } from "./commands/actor-check.ts"
import { bench } from "./commands/bench.ts"
import { dev } from "./commands/dev.ts"
import { gateway } from "./commands/gateway.ts"
import { init } from "./commands/init.ts"
import { publish } from "./commands/publish.ts"
import { runner } from "./commands/runner.ts"
import { schemaCheck } from "./commands/schema-check.ts"
import { simulate } from "./commands/simulate.ts"
import { start } from "./commands/start.ts"
import { status } from "./commands/status.ts"
import { tail } from "./commands/tail.ts"
import { topologyApply } from "./commands/topology-apply.ts"
import { topologyDiff } from "./commands/topology-diff.ts"
import { version } from "./commands/version.ts"

export const COMMANDS: readonly Command[] = [
  init,
  start,
  dev,
  runner,
  gateway,
  publish,
  tail,
  status,
  topologyDiff,
  topologyApply,
  schemaCheck,
  actorCheck,
  simulate,
  bench,
  version,
]
