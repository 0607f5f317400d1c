/**
 * Owns: closing the log's door before its disk is full, and opening it when there is room again, while it runs; also
 * opening what an earlier process left closed. Never: deleting anything, or how a door is moved (nats/door.ts).
 *
 * D1 a publisher is refused, clearly and with nothing stored, before the disk is full; never after.
 * D2 what was stored stays: a closed door loses no message.
 * D3 a door that nobody guards any more is opened by the next guard, if there is room.
 */

import { type Clock, systemClock, type Timer } from "../base/clock.ts"
import { explain } from "../base/errors.ts"
import { DISK_LOOK_EVERY_MS } from "../base/limits.ts"
import type { Logger } from "../base/log.ts"
import { type DiskSpace, doorMove, reserveOf } from "./disk.ts"

/** A closed door answers every publisher, ours or a stranger's, as a full stream does. */
export interface Door {
  isOpen(): Promise<boolean>
  close(because: string): Promise<void>
  open(): Promise<void>
}

export interface DiskGuardOptions {
  readonly door: Door
  readonly look: () => Promise<DiskSpace>
  readonly logger: Logger
  readonly clock?: Clock
}

/** What a stream's metadata and `millrace status` say of it. */
export const CLOSED_BY_DISK = "disk"

export class DiskGuard {
  readonly #door: Door
  readonly #look: () => Promise<DiskSpace>
  readonly #logger: Logger
  readonly #clock: Clock
  #timer: Timer | undefined
  #looking: Promise<void> | undefined
  #stopped = false

  constructor({ door, look, logger, clock = systemClock }: DiskGuardOptions) {
    this.#door = door
    this.#look = look
    this.#logger = logger
    this.#clock = clock
  }

  /** Resolves after the first look, so that a door which was left closed is open, or this one knows why not. */
  async start(): Promise<void> {
    await this.#lookNow()
  }

  /** The door stays as it is: whoever starts next looks first. */
  async stop(): Promise<void> {
    this.#stopped = true
    this.#timer?.cancel()
    await this.#looking
  }

  async #lookNow(): Promise<void> {
    this.#looking = this.#lookAndMove()
    await this.#looking
    if (!this.#stopped) this.#timer = this.#clock.after(DISK_LOOK_EVERY_MS, () => void this.#lookNow())
  }

  async #lookAndMove(): Promise<void> {
    try {
      const [space, isOpen] = await Promise.all([this.#look(), this.#door.isOpen()])
      await this.#move(space, isOpen)
    } catch (error) {
      this.#logger.warn("cannot guard the log's disk just now", { reason: explain(error) })
    }
  }

  async #move(space: DiskSpace, isOpen: boolean): Promise<void> {
    const seen = { freeBytes: space.freeBytes, reserveBytes: reserveOf(space) }
    switch (doorMove(space, isOpen)) {
      case "close":
        await this.#door.close(CLOSED_BY_DISK)
        this.#logger.error("the log's disk is nearly full: publishers are refused until there is room", seen)
        return
      case "open":
        await this.#door.open()
        this.#logger.info("there is room on the log's disk: publishers are taken again", seen)
        return
      case "leave":
        return
    }
  }
}
