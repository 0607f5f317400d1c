import { yieldTurn } from "../../base/clock.ts"
import { logContract } from "../../streams/log.contract.ts"
import { MemoryLog } from "../../streams/memory/log.ts"
import { NO_FAULTS } from "../faults.ts"
import { Life } from "../process.ts"
import { World } from "../world.ts"
import { simulatedLog } from "./log.ts"

logContract("memory behind the simulated network", async (streams) => {
  const world = new World(1, NO_FAULTS)
  const server = world.server("nats")
  const inner = new MemoryLog({ clock: server.life.clock, streams })
  const log = simulatedLog(server.connect(world.weather, new Life(world.scheduler, "client")), inner)
  let open = true
  let elapsing: Promise<unknown> = Promise.resolve()
  // Time goes on by itself only as far as calls need it; `elapse` is the test's own time.
  const pump = async () => {
    while (open) {
      await elapsing
      await world.scheduler.run({ steps: 1 })
      await yieldTurn()
    }
  }
  const pumping = pump()
  return {
    log,
    async elapse(ms) {
      elapsing = elapsing.then(() => world.scheduler.run({ untilMs: world.scheduler.nowMs + ms }))
      await elapsing
    },
    async close() {
      open = false
      await pumping
    },
  }
})
