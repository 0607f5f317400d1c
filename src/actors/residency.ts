/**
 * Owns: what a shard's machine asks of whoever keeps its instances and deadlines, and a version that keeps all of them
 * in memory. Never: files, KV or paging (resident.ts and deadlines.ts keep most of them elsewhere).
 *
 * The machine is synchronous: whoever steps it has made resident what `Shard.needs` named.
 */

import { assert } from "../base/assert.ts"
import type { Instance } from "./instance.ts"

export interface Instances {
  /** Undefined: there is no such instance. One that is cold must have been fetched: not finding it is a bug. */
  find(actor: number, tenant: string, key: string): Instance | undefined
  add(instance: Instance): void
  remove(instance: Instance): void
  /** The instance is about to change, for the first time since `settled`: whoever encodes lazily does it now. */
  touch(instance: Instance): void
}

/**
 * When instances have something to do, by stage. An instance may stand under several times: only the one it knows
 * itself (`filedAt`) counts, the others are passed over when they come up.
 */
export interface Deadlines {
  file(stage: number, at: number, name: string): void
  /** The earliest time under which something stands; +Infinity: nothing. */
  next(stage: number): number
  /** The names under exactly that time, in any order, without repeats. They stay. */
  at(stage: number, at: number): Iterable<string>
  /** All of that time has been done. */
  drop(stage: number, at: number): void
}

export class MemoryInstances implements Instances {
  /** By actor, then tenant, then key: no name has to be put together to find one. */
  readonly #byActor: (Map<string, Map<string, Instance>> | undefined)[] = []

  find(actor: number, tenant: string, key: string): Instance | undefined {
    return this.#byActor[actor]?.get(tenant)?.get(key)
  }

  add(instance: Instance): void {
    const { actor, tenant, key } = instance
    let tenants = this.#byActor[actor]
    if (tenants === undefined) {
      tenants = new Map()
      this.#byActor[actor] = tenants
    }
    const keys = tenants.get(tenant) ?? new Map<string, Instance>()
    if (keys.size === 0) tenants.set(tenant, keys)
    assert(!keys.has(key), `instance ${instance.name} is there twice`)
    keys.set(key, instance)
  }

  remove({ actor, tenant, key }: Instance): void {
    this.#byActor[actor]?.get(tenant)?.delete(key)
  }

  touch(): void {
    // Nothing is encoded lazily here.
  }

  *all(): Iterable<Instance> {
    for (const tenants of this.#byActor) for (const keys of tenants?.values() ?? []) yield* keys.values()
  }
}

export class MemoryDeadlines implements Deadlines {
  readonly #stages: { readonly names: Map<number, Set<string>>; times: number[] }[] = []

  file(stage: number, at: number, name: string): void {
    const { names, times } = this.#stage(stage)
    const there = names.get(at)
    if (there !== undefined) {
      there.add(name)
      return
    }
    names.set(at, new Set([name]))
    pushTime(times, at)
  }

  next(stage: number): number {
    return this.#stage(stage).times[0] ?? Number.POSITIVE_INFINITY
  }

  at(stage: number, at: number): Iterable<string> {
    return this.#stage(stage).names.get(at) ?? []
  }

  has(stage: number, at: number): boolean {
    return this.#stage(stage).names.has(at)
  }

  drop(stage: number, at: number): void {
    const { names, times } = this.#stage(stage)
    assert(times[0] === at, `deadline ${at} is dropped before ${times[0]}`)
    names.delete(at)
    popTime(times)
  }

  #stage(stage: number) {
    for (let next = this.#stages.length; next <= stage; next++) this.#stages.push({ names: new Map(), times: [] })
    return this.#stages[stage]!
  }
}

/** A binary heap, the earliest first. */
function pushTime(heap: number[], time: number): void {
  let at = heap.length
  heap.push(time)
  while (at > 0) {
    const parent = (at - 1) >> 1
    if (heap[parent]! <= time) break
    heap[at] = heap[parent]!
    at = parent
  }
  heap[at] = time
}

function popTime(heap: number[]): void {
  const last = heap.pop()
  if (last === undefined || heap.length === 0) return
  let at = 0
  for (;;) {
    let child = 2 * at + 1
    if (child >= heap.length) break
    if (child + 1 < heap.length && heap[child + 1]! < heap[child]!) child++
    if (heap[child]! >= last) break
    heap[at] = heap[child]!
    at = child
  }
  heap[at] = last
}
