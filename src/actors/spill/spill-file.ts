/**
 * The port to a disposable local file. Owns: reading and writing at a place, and the file's end.
 * Never: what stands in it; whatever is lost with it can be had from the snapshot and the log.
 *
 * Reading waits for nobody: what was written a while ago is nearly always in the kernel's memory, and handing a short
 * read to another thread costs ten times what the read does.
 */

import { close, open, readSync, unlink, write } from "node:fs"
import { explain, Failure } from "../../base/errors.ts"

export interface SpillFile {
  /** Fills `into` from there. */
  read(into: Uint8Array, at: number): void
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

class LocalFile implements SpillFile {
  readonly #fd: number

  constructor(fd: number) {
    this.#fd = fd
  }

  read(into: Uint8Array, at: number): void {
    for (let from = 0; from < into.length; ) {
      const done = this.#read(into, from, at + from)
      if (done === 0) throw failed("reading", new Error("it ends too early"))
      from += done
    }
  }

  write(bytes: Uint8Array, at: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const go = (from: number) => {
        if (from === bytes.length) return resolve()
        write(this.#fd, bytes, from, bytes.length - from, at + from, (error, done) => {
          if (error) reject(failed("writing", error))
          else go(from + done)
        })
      }
      go(0)
    })
  }

  close(): Promise<void> {
    return new Promise((resolve, reject) => {
      close(this.#fd, (error) => (error ? reject(failed("closing", error)) : resolve()))
    })
  }

  /** A system call may do less than it was asked for. */
  #read(into: Uint8Array, from: number, at: number): number {
    try {
      return readSync(this.#fd, into, from, into.length - from, at)
    } catch (error) {
      throw failed("reading", error instanceof Error ? error : new Error(String(error)))
    }
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
