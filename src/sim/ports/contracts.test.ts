/** The ports over the simulated network keep the contracts of what is behind it. */

import { memoryPlace, memorySink } from "../../sinks/memory/sink.ts"
import { sinkContract } from "../../sinks/sink.contract.ts"
import { logContract } from "../../streams/log.contract.ts"
import { MemoryLog } from "../../streams/memory/log.ts"
import { MemoryStore } from "../../streams/memory/store.ts"
import { storeContract } from "../../streams/store.contract.ts"
import { simulatedLog } from "./log.ts"
import { simulatedSink } from "./sink.ts"
import { simulatedStore } from "./store.ts"
import { tendedWorld } from "./tended.ts"

const NAME = "memory behind the simulated network"

logContract(NAME, async (streams) => {
  const world = tendedWorld()
  const inner = new MemoryLog({ clock: world.server.life.clock, streams })
  return { log: simulatedLog(world.connect(), inner), elapse: world.elapse, close: world.close }
})

storeContract(NAME, async ({ bytesMax }) => {
  const world = tendedWorld()
  const inner = new MemoryStore({ clock: world.server.life.clock, bytesMax })
  return { store: simulatedStore(world.connect(), inner), elapse: world.elapse, close: world.close }
})

sinkContract({
  name: NAME,
  refusedText: "never",
  interrupted: "possible",
  async open() {
    const world = tendedWorld()
    const place = memoryPlace()
    let writesLeft = Number.POSITIVE_INFINITY
    const inner = () =>
      memorySink({
        place,
        commit: "guarded",
        refuses: ({ fields }) => (fields?.includes("never") ? "it is the refused text" : undefined),
        interrupted() {
          if (writesLeft-- > 0) return false
          writesLeft = Number.POSITIVE_INFINITY
          return true
        },
      })
    return {
      sink: simulatedSink(world.connect(), inner()),
      reopen: async () => simulatedSink(world.connect(), inner()),
      interruptNextWrite() {
        writesLeft = 2
      },
      close: world.close,
    }
  },
})
