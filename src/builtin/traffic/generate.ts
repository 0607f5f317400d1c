/** Owns: the one form that every family of traffic has. */

import type { Random } from "../../base/random.ts"
import type { Emit } from "../../define/event.ts"

/** Pure: the same numbers and time give the same event. `now` is when it happens, epoch milliseconds. */
export type Generate = (random: Random, now: number) => Emit<string>
