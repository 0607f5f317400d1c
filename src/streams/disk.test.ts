import { existsSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, test } from "vitest"
import { ManualClock } from "../base/clock.manual.ts"
import { DISK_LOOK_EVERY_MS } from "../base/limits.ts"
import { silentLogger } from "../base/log.ts"
import { DiskGuard, type Door } from "./disk.guard.ts"
import { checkDisk, type DiskSpace, doorMove, readDisk, reserveOf } from "./disk.ts"

const GIB = 1024 ** 3
const total = { totalBytes: 100 * GIB }

describe("the check before anything starts", () => {
  test("passes when the streams may grow to their limits and leave the reserve", () => {
    expect(checkDisk({ ...total, declaredBytes: 16 * GIB, usedByStreams: 0, freeBytes: 17 * GIB })).toBeUndefined()
    expect(
      checkDisk({ ...total, declaredBytes: 16 * GIB, usedByStreams: 10 * GIB, freeBytes: 7 * GIB }),
    ).toBeUndefined()
  })

  test("says in numbers what is missing, and what would fit", () => {
    const misuse = checkDisk({ ...total, declaredBytes: 16 * GIB, usedByStreams: GIB, freeBytes: 5 * GIB })
    expect(misuse?.message).toContain("may take 16.0 GiB; they hold 1.0 GiB, and of the disk 5.0 GiB are free")
    expect(misuse?.hint).toBe("set MILLRACE_DISK_BYTES=5120M, which would fit, or make room")
    const fits = 5_120 * 1024 ** 2
    expect(checkDisk({ ...total, declaredBytes: fits, usedByStreams: GIB, freeBytes: 5 * GIB })).toBeUndefined()
  })

  test("with less room than the least it asks for room, not for a setting that would be refused", () => {
    const misuse = checkDisk({ ...total, declaredBytes: GIB, usedByStreams: 0, freeBytes: GIB + GIB / 2 })
    expect(misuse?.hint).toBe("make room: at least 512 MiB more must be free (1 GiB is the least)")
  })

  test("keeps a part of a small disk rather than all of it", () => {
    expect(reserveOf({ totalBytes: 4 * GIB })).toBe(Math.floor(0.2 * GIB))
    expect(reserveOf({ totalBytes: 400 * GIB })).toBe(GIB)
  })

  test("reads the disk of a folder, also of one that is not there yet", async () => {
    const missing = join(import.meta.dirname, "not", "there")
    expect(existsSync(missing)).toBe(false)
    const { freeBytes, totalBytes } = await readDisk(missing)
    expect(freeBytes).toBeGreaterThan(0)
    expect(totalBytes).toBe((await readDisk(import.meta.dirname)).totalBytes)
  })
})

describe("the door", () => {
  const at = (freeBytes: number, isOpen: boolean) => doorMove({ ...total, freeBytes }, isOpen)

  test("closes below the reserve and opens well above it", () => {
    expect(at(GIB, true)).toBe("leave")
    expect(at(GIB - 1, true)).toBe("close")
    expect(at(GIB - 1, false)).toBe("leave")
    expect(at(GIB, false)).toBe("leave")
    expect(at(1.25 * GIB, false)).toBe("open")
    expect(at(0, false)).toBe("leave")
  })
})

describe("the guard", () => {
  function guarded(isOpen = true) {
    const clock = new ManualClock()
    const seen = { freeBytes: 50 * GIB, isOpen, moves: [] as string[], failing: false }
    const door: Door = {
      isOpen: async () => seen.isOpen,
      async close(because) {
        if (seen.failing) throw new Error("no leader")
        seen.isOpen = false
        seen.moves.push(`close: ${because}`)
      },
      async open() {
        seen.isOpen = true
        seen.moves.push("open")
      },
    }
    const look = async (): Promise<DiskSpace> => ({ ...total, freeBytes: seen.freeBytes })
    return { clock, seen, guard: new DiskGuard({ door, look, clock, logger: silentLogger }) }
  }

  test("closes once when the disk runs full, and opens once when there is room (D1)", async () => {
    const { clock, seen, guard } = guarded()
    await guard.start()
    await clock.elapse(3 * DISK_LOOK_EVERY_MS)
    expect(seen.moves).toEqual([])
    seen.freeBytes = GIB / 2
    await clock.elapse(3 * DISK_LOOK_EVERY_MS)
    expect(seen.moves).toEqual(["close: disk"])
    seen.freeBytes = 10 * GIB
    await clock.elapse(3 * DISK_LOOK_EVERY_MS)
    expect(seen.moves).toEqual(["close: disk", "open"])
    await guard.stop()
  })

  test("opens at its start what an earlier one left closed, if there is room (D3)", async () => {
    const { seen, guard } = guarded(false)
    await guard.start()
    expect(seen.moves).toEqual(["open"])
    await guard.stop()
    const full = guarded(false)
    full.seen.freeBytes = 1
    await full.guard.start()
    expect(full.seen.moves).toEqual([])
    await full.guard.stop()
  })

  test("tries again when the door could not be moved", async () => {
    const { clock, seen, guard } = guarded()
    seen.freeBytes = 1
    seen.failing = true
    await guard.start()
    await clock.elapse(2 * DISK_LOOK_EVERY_MS)
    expect(seen.moves).toEqual([])
    seen.failing = false
    await clock.elapse(DISK_LOOK_EVERY_MS)
    expect(seen.moves).toEqual(["close: disk"])
    await guard.stop()
  })

  test("stops looking when it is stopped", async () => {
    const { clock, seen, guard } = guarded()
    await guard.start()
    await guard.stop()
    seen.freeBytes = 1
    await clock.elapse(5 * DISK_LOOK_EVERY_MS)
    expect(seen.moves).toEqual([])
  })
})
