/**
 * The port to a disposable local file. Owns: reading and writing at a place, and the file's end.
 * Never: what stands in it; whatever is lost with it can be had from the snapshot and the log.
 */

import { close, open, read, unlink, write } from "node:fs"
import { explain, Failure } from "../../base/errors.ts"

export interface SpillFile {
  /** Fills `into` from there. */
  read(into: Uint8Array, at: number): Promise<void>
  write(bytes: Uint8Array, at: number): Promise<void>
  /** It is gone then. */
  close(): Promise<void>
}

/** The local disk failed, or is full. */
export class SpillFailed extends Failure {
  override readonly name = "SpillFailed"
  readonly tag = "SpillFailed"
  readonly verdict = "stop"
}

/** Nobody else sees it, and the system removes it with the process, however that ends. */
export async function openSpillFile(path: string): Promise<SpillFile> {
  const fd = await new Promise<number>((resolve, reject) => {
    open(path, "wx+", 0o600, (error, opened) => (error ? reject(failed("opening", error)) : resolve(opened)))
  })
  await new Promise<void>((resolve, reject) => {
    unlink(path, (error) => (error ? reject(failed("opening", error)) : resolve()))
  })
  return new LocalFile(fd)
}

type Call = (
  fd: number,
  bytes: Uint8Array,
  from: number,
  length: number,
  at: number,
  done: (error: Error | null, count: number) => void,
) => void

class LocalFile implements SpillFile {
  readonly #fd: number

  constructor(fd: number) {
    this.#fd = fd
  }

  read(into: Uint8Array, at: number): Promise<void> {
    return this.#all(read, "reading", into, at)
  }

  write(bytes: Uint8Array, at: number): Promise<void> {
    return this.#all(write, "writing", bytes, at)
  }

  close(): Promise<void> {
    return new Promise((resolve, reject) => {
      close(this.#fd, (error) => (error ? reject(failed("closing", error)) : resolve()))
    })
  }

  /** A system call may do less than it was asked for. */
  #all(call: Call, doing: string, bytes: Uint8Array, at: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const go = (from: number) => {
        if (from === bytes.length) return resolve()
        call(this.#fd, bytes, from, bytes.length - from, at + from, (error, done) => {
          if (error) reject(failed(doing, error))
          else if (done === 0) reject(failed(doing, new Error("nothing more comes")))
          else go(from + done)
        })
      }
      go(0)
    })
  }
}

function failed(doing: string, cause: Error): SpillFailed {
  return new SpillFailed({
    operation: `${doing} a file for spilled state`,
    reason: explain(cause),
    hint: "look at the free space of the disk that holds the data folder",
    cause,
  })
}
