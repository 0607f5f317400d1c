import { ManualClock } from "../../base/clock.manual.ts"
import { storeContract } from "../store.contract.ts"
import { MemoryStore } from "./store.ts"

storeContract("memory", async ({ bytesMax }) => {
  const clock = new ManualClock()
  const store = new MemoryStore({ clock, bytesMax })
  return { store, elapse: (ms) => clock.elapse(ms), close: async () => {} }
})
