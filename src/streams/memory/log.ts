/**
 * The log port in memory: deterministic, on the clock it is given. Owns: the streams, and waking readers in the order
 * they waited. Never: chance or faults; the simulator wraps it for those.
 */

import type { Clock } from "../../base/clock.ts"
import type { Stored, StreamBounds } from "../log.ts"
import { type Appended, type Log, type LogReader, LogRefused, type Outgoing, type ReadFrom } from "../log.ts"
import type { StreamDeclaration } from "../topology.ts"
import { MemoryReader, type Wakeups } from "./reader.ts"
import { type CheckOrder, MemoryStream } from "./stream.ts"

export interface MemoryLogOptions {
  readonly clock: Clock
  readonly streams: readonly StreamDeclaration[]
  readonly order?: CheckOrder
}

export class MemoryLog implements Log {
  readonly #clock: Clock
  readonly #order: CheckOrder
  readonly #streams = new Map<string, MemoryStream>()
  readonly #wakeups: Wakeups = new Set()

  constructor({ clock, streams, order = "fence first" }: MemoryLogOptions) {
    this.#clock = clock
    this.#order = order
    this.declare(streams)
  }

  /** Adds streams; those that are there stay as they are. */
  declare(streams: readonly StreamDeclaration[]): void {
    for (const declaration of streams) {
      if (this.#streams.has(declaration.name)) continue
      this.#streams.set(declaration.name, new MemoryStream(declaration, this.#order))
    }
  }

  /** A dropped generation's stream is gone at once, with all it held. */
  drop(stream: string): void {
    this.#streams.delete(stream)
  }

  /** What the disk guard does: a closed stream answers as a full one does. */
  setOpen(stream: string, open: boolean): void {
    this.#stream(stream, "open or close").setOpen(open)
  }

  async append(message: Outgoing): Promise<Appended> {
    const stream = this.#streams.values().find((each) => each.takes(message.subject))
    if (stream === undefined) {
      throw new LogRefused({ operation: `append to ${message.subject}`, reason: "no stream takes this subject" })
    }
    const { appended, stored } = stream.append(message, this.#clock.now())
    if (stored !== undefined) for (const wake of [...this.#wakeups]) wake(appended.stream, stored.subject)
    return appended
  }

  async last(stream: string, filter: string): Promise<Stored | undefined> {
    return this.#stream(stream, `read the last of ${filter}`).lastOf(filter, this.#clock.now())
  }

  async get(stream: string, sequence: number): Promise<Stored | undefined> {
    return this.#stream(stream, `get ${sequence}`).get(sequence, this.#clock.now())
  }

  async read(from: ReadFrom): Promise<LogReader> {
    return new MemoryReader(this.#stream(from.stream, "read"), from, this.#clock, this.#wakeups)
  }

  async bounds(stream: string): Promise<StreamBounds> {
    return this.#stream(stream, "ask for the bounds").bounds(this.#clock.now())
  }

  async trim(stream: string, below: number, subject?: string): Promise<void> {
    this.#stream(stream, `trim below ${below}`).trim(below, subject, this.#clock.now())
  }

  #stream(name: string, operation: string): MemoryStream {
    const stream = this.#streams.get(name)
    if (stream === undefined) throw new LogRefused({ operation: `${operation}: ${name}`, reason: "no such stream" })
    return stream
  }
}
