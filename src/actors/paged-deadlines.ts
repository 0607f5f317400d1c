/**
 * Owns: deadlines of everything there is: those at hand, and those of pages that were not read yet.
 * Never: where either is kept.
 */

import type { DeadlineIndex } from "./deadline-index.ts"
import type { Deadlines } from "./residency.ts"
import type { Pages } from "./snapshot/pages.ts"

export class PagedDeadlines implements Deadlines {
  readonly #index: DeadlineIndex
  readonly #pages: () => Pages

  constructor(index: DeadlineIndex, pages: () => Pages) {
    this.#index = index
    this.#pages = pages
  }

  file(stage: number, at: number, name: string): void {
    this.#index.file(stage, at, name)
  }

  next(stage: number): number {
    return Math.min(this.#index.next(stage), this.#pages().next(stage))
  }

  at(stage: number, at: number): Iterable<string> {
    return this.#index.at(stage, at)
  }

  drop(stage: number, at: number): void {
    this.#index.drop(stage, at)
  }

  ready(stage: number, at: number): boolean {
    return this.#index.ready(stage, at) && this.#pages().next(stage) > at
  }

  async load(stage: number, at: number): Promise<void> {
    // Pages bring deadlines with them.
    await this.#pages().readDue(stage, at)
    await this.#index.load(stage, at)
  }
}
