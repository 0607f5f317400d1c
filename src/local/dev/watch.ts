/**
 * Owns: noticing that something changed in the folders of some files. Never: what it was: whoever hears of it looks.
 * Folders, because editors put a new file in the place of the old one.
 */

import { existsSync, type FSWatcher, watch } from "node:fs"
import { dirname } from "node:path"

export class FolderWatch {
  readonly #changed: () => void
  readonly #watched = new Map<string, FSWatcher>()

  constructor(changed: () => void) {
    this.#changed = changed
  }

  /** From now on these, and no others. */
  follow(files: readonly string[]): void {
    const wanted = new Set(files.map(dirname).filter(existsSync))
    for (const [folder, watcher] of this.#watched) {
      if (wanted.has(folder)) continue
      watcher.close()
      this.#watched.delete(folder)
    }
    for (const folder of wanted) if (!this.#watched.has(folder)) this.#watch(folder)
  }

  close(): void {
    this.follow([])
  }

  #watch(folder: string): void {
    const watcher = watch(folder, () => this.#changed())
    // A folder that is removed: whoever looks next says which files are there.
    watcher.on("error", () => {
      watcher.close()
      this.#watched.delete(folder)
      this.#changed()
    })
    this.#watched.set(folder, watcher)
  }
}
