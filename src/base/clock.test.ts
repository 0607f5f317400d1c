import { clockContract } from "./clock.contract.ts"
import { sleep, systemClock } from "./clock.ts"

clockContract("the system's", () => ({ clock: systemClock, elapse: (ms) => sleep(systemClock, ms) }))
