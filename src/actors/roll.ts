/**
 * Owns: the instances at hand: finding and making them, which of them changed, and under which deadline each is filed.
 * Never: what they hold.
 */

import type { Part } from "./cast.ts"
import { type Instance, instanceName } from "./instance.ts"
import type { Deadlines, Instances } from "./residency.ts"
import type { Changed } from "./shard.ts"
import { emptyWindow, openPane } from "./windows/panes.ts"

export class Roll {
  readonly #instances: Instances
  readonly #deadlines: Deadlines
  #touched: Instance[] = []
  readonly #retired = new Set<Instance>()

  constructor(instances: Instances, deadlines: Deadlines) {
    this.#instances = instances
    this.#deadlines = deadlines
  }

  find(part: Part, tenant: string, key: string): Instance | undefined {
    return this.#instances.find(part.number, tenant, key)
  }

  /** To be changed. */
  take(part: Part, tenant: string, key: string): Instance {
    const found = this.#instances.find(part.number, tenant, key)
    if (found !== undefined) {
      if (!found.touched) this.touch(found)
      return found
    }
    const made = emptyInstance(part, tenant, key)
    this.#instances.add(made)
    this.#touched.push(made)
    return made
  }

  touch(instance: Instance): void {
    if (instance.touched) return
    this.#instances.touch(instance)
    instance.touched = true
    this.#touched.push(instance)
  }

  /** The instance has something to do at that time, if not earlier. */
  file(part: Part, instance: Instance, at: number): void {
    if (at >= instance.filedAt) return
    instance.filedAt = at
    this.#deadlines.file(part.stage, at, instance.name)
  }

  retire(instance: Instance): void {
    this.#instances.remove(instance)
    this.#retired.add(instance)
  }

  changed(): readonly Changed[] {
    const byName = new Map<string, Instance | undefined>()
    for (const instance of this.#touched) {
      instance.touched = false
      byName.set(instance.name, this.#retired.has(instance) ? undefined : instance)
    }
    this.#touched = []
    this.#retired.clear()
    return byName
      .entries()
      .map(([name, instance]) => ({ name, instance }))
      .toArray()
  }
}

function emptyInstance(part: Part, tenant: string, key: string): Instance {
  const { number, definition, ordered, keepsTotals } = part
  const { form, windows, joins, keep } = definition
  const single = form === "free" || (keepsTotals && keep.idleMs === undefined)
  const passed = form === "free" || !ordered ? 0 : Math.max(1, windows.length)
  return {
    name: instanceName(number, tenant, key),
    actor: number,
    tenant,
    key,
    filedAt: Number.POSITIVE_INFINITY,
    touched: true,
    eras: single ? [allTime(definition)] : [],
    windows: windows.map(emptyWindow),
    passed: Array.from({ length: passed }, emptyWindow),
    tables: joins.map(() => []),
    waiting: [],
    timers: [],
    state: undefined,
    emittedAt: Number.NEGATIVE_INFINITY,
    emitted: 0,
  }
}

function allTime(definition: Part["definition"]) {
  return openPane(definition, Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY)
}
