/**
 * Owns: what the next frame will say: rows that changed (each once, whatever happened to it since), emits, facts,
 * letters, and about how long all of it is. Never: changing state, beyond the marks of what is listed.
 *
 * C1 a row stands in a frame at most once, with its newest values.
 */

import { roughBytes } from "../base/rough-bytes.ts"
import { columnsOf, stateColumns } from "../define/row.ts"
import type { DeadLetter, Emitted, FrameFact, LateLetter, ViewRow, ViewRows } from "../streams/frame.ts"
import type { Cast, Part } from "./cast.ts"
import type { Instance, OpenPane } from "./instance.ts"
import { joinedTotals, joinedWindow, updatedAtOf } from "./joined.ts"

/** What a row, an emit or a letter takes beside its own text. */
const ENTRY_BYTES = 96
/** What a row takes beside its key and values. */
const ROW_BYTES = 48

export interface FrameParts {
  readonly views: readonly ViewRows[]
  readonly emits: readonly Emitted[]
  readonly facts: readonly FrameFact[]
  readonly late: readonly LateLetter[]
  readonly dead: readonly DeadLetter[]
}

interface Listed {
  readonly instances: Instance[]
  readonly panes: OpenPane[]
  /** Rows whose values will not change any more. */
  readonly final: ViewRow[]
  /** Of rows that are gone, by tenant, key and start. */
  readonly deleted: Map<string, ViewRow>
}

/** How long rows of a view were lately: a guess at first, then a mean that follows some of each frame's. */
interface RowLength {
  mean: number
}

const SAMPLED_OF = 16
/** Rows may be longer than those looked at: frames stay far enough below their bound. */
const ROW_MARGIN = 1.25

export class Changes {
  readonly #views: Listed[]
  /** View number → its part and window. */
  readonly #parts: readonly { readonly part: Part; readonly window: number | null }[]
  readonly #lengths: readonly RowLength[]
  #emits: Emitted[] = []
  #facts: FrameFact[] = []
  #late: LateLetter[] = []
  #dead: DeadLetter[] = []
  /** Since the last cut; steps look at how much it grew. */
  bytes = 0

  constructor(cast: Cast) {
    this.#views = cast.views.map(emptyListed)
    this.#parts = cast.views.map(({ definition, window }) => ({
      part: cast.parts.find((part) => part.definition === definition)!,
      window,
    }))
    this.#lengths = this.#parts.map(({ part }) => ({ mean: part.rowBytes }))
  }

  get empty(): boolean {
    const nothing = [this.#emits, this.#facts, this.#late, this.#dead].every(({ length }) => length === 0)
    return nothing && this.#views.every((each) => each.panes.length + each.final.length + each.deleted.size === 0)
  }

  /** The pane's row has changed; `view` −1: it has none. */
  mark(view: number, instance: Instance, pane: OpenPane): void {
    if (view < 0 || pane.changed) return
    pane.changed = true
    const { instances, panes } = this.#views[view]!
    instances.push(instance)
    panes.push(pane)
    this.bytes += this.#lengths[view]!.mean + instance.key.length
  }

  /** A row that will not change any more: of a window that has closed. */
  final(view: number, row: ViewRow): void {
    if (view < 0) return
    this.#views[view]!.final.push(row)
    this.bytes += this.#lengths[view]!.mean + row.key.length
  }

  delete(view: number, instance: Instance, window: readonly [number, number] | null, updatedAt: number): void {
    if (view < 0) return
    const { tenant, key } = instance
    const row = { tenant, key, window, closed: false, values: null, updatedAt }
    this.#views[view]!.deleted.set(rowName(row), row)
    this.bytes += ENTRY_BYTES + key.length
  }

  emit(emitted: Emitted, dataBytes: number): void {
    this.#emits.push(emitted)
    this.bytes += ENTRY_BYTES + dataBytes
  }

  fact(fact: FrameFact, dataBytes: number): void {
    this.#facts.push(fact)
    this.bytes += ENTRY_BYTES + fact.key.length + dataBytes
  }

  late(letter: LateLetter): void {
    this.#late.push(letter)
    this.bytes += ENTRY_BYTES + letter.key.length + letter.missed.length * 24
  }

  dead(letter: DeadLetter): void {
    this.#dead.push(letter)
    this.bytes += ENTRY_BYTES + letter.bytes.length + letter.detail.length + (letter.stack?.length ?? 0)
  }

  /** Everything so far; then begins anew. */
  take(): FrameParts {
    const views = this.#views.flatMap((listed, view) => {
      const rows = this.#rowsOf(view, listed)
      return rows.length === 0 ? [] : [{ view, rows }]
    })
    const parts = { views, emits: this.#emits, facts: this.#facts, late: this.#late, dead: this.#dead }
    this.#emits = []
    this.#facts = []
    this.#late = []
    this.#dead = []
    this.bytes = 0
    return parts
  }

  #rowsOf(view: number, { instances, panes, final, deleted }: Listed): readonly ViewRow[] {
    const rows: ViewRow[] = []
    for (let i = 0; i < panes.length; i++) {
      const pane = panes[i]!
      pane.changed = false
      if (pane.gone) continue
      rows.push(this.#row(view, instances[i]!, pane))
    }
    for (const row of final) rows.push(row)
    this.#learn(view, rows)
    if (deleted.size > 0) {
      // One that came again is there again.
      for (const row of rows) deleted.delete(rowName(row))
      rows.unshift(...deleted.values())
    }
    this.#views[view] = emptyListed()
    return rows
  }

  #learn(view: number, rows: readonly ViewRow[]): void {
    const length = this.#lengths[view]!
    for (let i = 0; i < rows.length; i += SAMPLED_OF) {
      const bytes = ROW_BYTES + roughBytes(rows[i]!.values) * ROW_MARGIN
      // Quick to grow, slow to shrink.
      length.mean += (bytes - length.mean) * (bytes > length.mean ? 0.5 : 0.02)
    }
  }

  #row(view: number, instance: Instance, pane: OpenPane): ViewRow {
    const { part, window } = this.#parts[view]!
    const { tenant, key } = instance
    const { definition } = part
    if (definition.form === "free") {
      const values = stateColumns(definition, instance.state as never)
      return { tenant, key, window: null, closed: false, values, updatedAt: pane.updatedAt }
    }
    const joined = window === null ? joinedTotals(instance, pane) : joinedWindow(definition, instance, pane.end)
    return {
      tenant,
      key,
      window: window === null ? null : [pane.start, pane.end],
      closed: false,
      values: columnsOf(definition, pane.pane, joined),
      updatedAt: updatedAtOf(pane, joined),
    }
  }
}

function emptyListed(): Listed {
  return { instances: [], panes: [], final: [], deleted: new Map() }
}

/** The end of a session moves; its start is what names it. */
function rowName({ tenant, key, window }: ViewRow): string {
  return `${tenant} ${window === null ? "" : window[0]} ${key}`
}
