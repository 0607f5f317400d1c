/**
 * Owns: which instances each event reaches. Keys and inputs are the definitions' own (src/define/), the rest is not
 * shared with the engine. Never: what an instance makes of it (instance.ts, ordered.ts).
 */

import type { Definition } from "../../define/definition.ts"
import { plansOf, type TypePlan } from "../../define/plan.ts"
import type { LoggedEvent } from "./log.ts"

export interface Delivery {
  /** In the order of names, as everywhere. */
  readonly actor: number
  readonly definition: Definition
  readonly plan: TypePlan
  readonly tenant: string
  readonly key: string
  readonly inputs: readonly unknown[]
  readonly event: LoggedEvent
}

/** The actor's own function failed on the event: a dead letter for that actor. */
export interface Failed {
  readonly actor: number
  readonly event: LoggedEvent
}

export interface Delivered {
  readonly deliveries: readonly Delivery[]
  readonly failed: readonly Failed[]
}

export class Listeners {
  readonly actors: readonly Definition[]
  readonly #plans: readonly (readonly TypePlan[])[]

  constructor(definitions: readonly Definition[]) {
    this.actors = [...definitions].sort((a, b) => (a.name < b.name ? -1 : 1))
    this.#plans = this.actors.map(plansOf)
  }

  deliver(events: Iterable<LoggedEvent>): Delivered {
    const deliveries: Delivery[] = []
    const failed: Failed[] = []
    for (const event of events) {
      this.actors.forEach((definition, actor) => {
        for (const plan of this.#plans[actor]!) {
          if (plan.event.type !== event.type) continue
          try {
            const keys = plan.keysOf(event.data)
            if (keys.length === 0) continue
            const inputs = plan.prepare(event.data)
            for (const { id } of keys) {
              deliveries.push({ actor, definition, plan, tenant: event.tenant, key: id, inputs, event })
            }
          } catch {
            // Whatever it was: what a step fails on is dead.
            failed.push({ actor, event })
          }
        }
      })
    }
    return { deliveries, failed }
  }
}

/** By actor, tenant and key. */
export function byInstance(deliveries: readonly Delivery[]): ReadonlyMap<string, readonly Delivery[]> {
  const instances = new Map<string, Delivery[]>()
  for (const delivery of deliveries) {
    const name = JSON.stringify([delivery.actor, delivery.tenant, delivery.key])
    const known = instances.get(name)
    if (known === undefined) instances.set(name, [delivery])
    else known.push(delivery)
  }
  return instances
}
