/**
 * Owns: a shard's counts. A6 per delivery: delivered = applied + late + dead, in every frame: a delivery is counted
 * when its outcome is known (an input that waits is not yet delivered).
 */

import type { Counts } from "../streams/frame.ts"

export class Tally {
  applied = 0
  late = 0
  dead = 0
  rejected = 0
  emitted = 0
  closed = 0

  get counts(): Counts {
    const { applied, late, dead, rejected, emitted, closed } = this
    return { delivered: applied + late + dead, applied, late, dead, rejected, emitted, closed }
  }

  encode(): readonly number[] {
    return [this.applied, this.late, this.dead, this.rejected, this.emitted, this.closed]
  }

  restore([applied, late, dead, rejected, emitted, closed]: readonly number[]): void {
    Object.assign(this, { applied, late, dead, rejected, emitted, closed })
  }
}
