/** Owns: what a sink would hold after the frames so far: the newest row of each view, by tenant, key and window. */

import type { ViewRow, ViewRows } from "../../streams/frame.ts"
import type { View } from "../../streams/views.ts"

export interface Shown {
  readonly tenant: string
  readonly key: string
  readonly window: readonly [number, number] | null
  readonly closed: boolean
  readonly updatedAt: number
  readonly fields: Readonly<Record<string, unknown>>
}

export class Views {
  readonly list: readonly View[]
  readonly #rows: Map<string, Shown>[]

  constructor(list: readonly View[]) {
    this.list = list
    this.#rows = list.map(() => new Map())
  }

  apply(views: readonly ViewRows[]): void {
    for (const { view, rows } of views) for (const row of rows) this.#put(view, row)
  }

  /** Of a view by its name, in the order of tenant, key and start. */
  rows(name: string): readonly Shown[] {
    const at = this.list.findIndex((view) => view.name === name)
    const rows = this.#rows[at]
    if (rows === undefined)
      throw new Error(`there is no view ${name}; there are ${this.list.map((v) => v.name).join(", ")}`)
    return [...rows.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, row]) => row)
  }

  /** All of them, comparable. */
  all(): Readonly<Record<string, readonly Shown[]>> {
    return Object.fromEntries(this.list.map(({ name }) => [name, this.rows(name)]))
  }

  #put(view: number, { tenant, key, window, closed, values, updatedAt }: ViewRow): void {
    const rows = this.#rows[view]!
    const name = JSON.stringify([tenant, key, window === null ? null : window[0]])
    if (values === null) {
      rows.delete(name)
      return
    }
    const fields = Object.fromEntries(this.list[view]!.columns.map((column, i) => [column.name, values[i]]))
    rows.set(name, { tenant, key, window, closed, updatedAt, fields })
  }
}
