/** Owns: knowing when everything that was begun before a moment has ended. Never: how it ended. */

import { assert } from "../base/assert.ts"

export interface Page {
  open: number
  readonly done: (() => void)[]
}

export class Ledger {
  readonly #pages: Page[] = [{ open: 0, done: [] }]

  /** One begins; end it on the page that is answered. */
  begin(): Page {
    const page = this.#pages[this.#pages.length - 1]!
    page.open++
    return page
  }

  end(page: Page): void {
    page.open--
    assert(page.open >= 0, "more ended than began")
    if (page.open === 0) this.#turnPages()
  }

  /** Resolves once all that has begun by now has ended. */
  allEnded(): Promise<void> {
    return new Promise((resolve) => {
      this.#pages.at(-1)!.done.push(resolve)
      this.#pages.push({ open: 0, done: [] })
      this.#turnPages()
    })
  }

  #turnPages(): void {
    while (this.#pages.length > 1 && this.#pages[0]!.open === 0) {
      for (const done of this.#pages.shift()!.done) done()
    }
  }
}
