/**
 * Owns: whether what the streams may take fits on their disk, and whether the log's door should be open. Pure, but for
 * one look at the disk. Never: moving the door (disk.guard.ts), or counting what others keep on the disk.
 */

import { statfs } from "node:fs/promises"
import { dirname } from "node:path"
import { Misuse } from "../base/errors.ts"
import { DISK_REOPEN_TIMES, DISK_RESERVE_BYTES, DISK_RESERVE_PART } from "../base/limits.ts"

export interface DiskSpace {
  readonly freeBytes: number
  readonly totalBytes: number
}

export interface DiskPlan extends DiskSpace {
  /** What all streams and buckets together may take: settings.diskBytes. */
  readonly declaredBytes: number
  /** What they take already, on this disk. */
  readonly usedByStreams: number
}

const MIB = 1024 ** 2
const GIB = 1024 ** 3

export const reserveOf = ({ totalBytes }: Pick<DiskSpace, "totalBytes">) =>
  Math.floor(Math.min(DISK_RESERVE_BYTES, totalBytes * DISK_RESERVE_PART))

/** Nothing if the streams may grow to their limits without the reserve being touched. */
export function checkDisk(plan: DiskPlan): Misuse | undefined {
  const fits = plan.usedByStreams + Math.max(0, plan.freeBytes - reserveOf(plan))
  if (plan.declaredBytes <= fits) return undefined
  const { declaredBytes, usedByStreams, freeBytes } = plan
  return new Misuse({
    operation: "check the log's disk",
    reason:
      `streams and buckets may take ${shown(declaredBytes)}; they hold ${shown(usedByStreams)}, and of the disk ` +
      `${shown(freeBytes)} are free, ${shown(reserveOf(plan))} of it kept in reserve`,
    hint: hintFor(fits),
  })
}

function hintFor(fits: number): string {
  if (fits < GIB) return `make room: at least ${shown(GIB - fits)} more must be free (1 GiB is the least)`
  return `set MILLRACE_DISK_BYTES=${Math.floor(fits / MIB)}M, which would fit, or make room`
}

export type DoorMove = "close" | "open" | "leave"

/** Closed below the reserve, open again well above it. */
export function doorMove(space: DiskSpace, isOpen: boolean): DoorMove {
  const reserve = reserveOf(space)
  if (isOpen) return space.freeBytes < reserve ? "close" : "leave"
  return space.freeBytes >= reserve * DISK_REOPEN_TIMES ? "open" : "leave"
}

/** Of the disk that holds the folder, or would if it were made. */
export async function readDisk(folder: string): Promise<DiskSpace> {
  try {
    const { bavail, blocks, bsize } = await statfs(folder)
    return { freeBytes: bavail * bsize, totalBytes: blocks * bsize }
  } catch (error) {
    if (!isMissing(error) || dirname(folder) === folder) throw error
    return readDisk(dirname(folder))
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ENOENT"
}

function shown(bytes: number): string {
  return bytes >= GIB ? `${(bytes / GIB).toFixed(1)} GiB` : `${Math.ceil(bytes / MIB)} MiB`
}
