/** Owns: a peaceful world whose time goes on whenever somebody waits: for contracts that know nothing of simulation. */

import { yieldTurn } from "../../base/clock.ts"
import { NO_FAULTS } from "../faults.ts"
import type { Connection, Server } from "../network.ts"
import { Life } from "../process.ts"
import { World } from "../world.ts"

export interface TendedWorld {
  readonly server: Server
  connect(): Connection
  /** Beyond what calls need. */
  elapse(ms: number): Promise<void>
  close(): Promise<void>
}

export function tendedWorld(): TendedWorld {
  const world = new World(1, NO_FAULTS)
  const { scheduler } = world
  const server = world.server("server")
  let open = true
  let elapsing: Promise<unknown> = Promise.resolve()
  const tend = async () => {
    while (open) {
      await elapsing
      await scheduler.run({ steps: 1 })
      await yieldTurn()
    }
  }
  const tending = tend()
  return {
    server,
    connect: () => server.connect(world.weather, new Life(scheduler, "client")),
    async elapse(ms) {
      elapsing = elapsing.then(() => scheduler.run({ untilMs: scheduler.nowMs + ms }))
      await elapsing
    },
    async close() {
      open = false
      await tending
    },
  }
}
