import { clockContract } from "./clock.contract.ts"
import { ManualClock } from "./clock.manual.ts"

clockContract("the manual clock", () => {
  const clock = new ManualClock()
  return { clock, elapse: (ms) => clock.elapse(ms) }
})
