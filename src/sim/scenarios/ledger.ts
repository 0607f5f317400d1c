/**
 * Owns: what publishers asked for and what they were told, seen from outside them, so that it outlives their crashes.
 * Never: looking into the log (recount.ts).
 */

import { assert } from "../../base/assert.ts"

/** `refused`: told that it is certainly not stored. `unknown`: told that nobody knows. */
export type Told = "nothing" | "acknowledged" | "refused" | "unknown"

export interface Publication {
  /** Its place in the ledger, and in the event's data. */
  readonly number: number
  /** One life of one client: order is promised within it. */
  readonly client: string
  readonly tenant: string
  readonly type: string
  readonly key: string
  told: Told
  /** As the acknowledgement said: where it is in the log. */
  at: { readonly lane: number; readonly sequence: number } | undefined
}

export class Ledger {
  readonly #publications: Publication[] = []

  /** Written before the client is asked. */
  open(asked: Pick<Publication, "client" | "tenant" | "type" | "key">): Publication {
    const publication: Publication = { ...asked, number: this.#publications.length, told: "nothing", at: undefined }
    this.#publications.push(publication)
    return publication
  }

  get publications(): readonly Publication[] {
    return this.#publications
  }

  get(number: number): Publication | undefined {
    return this.#publications[number]
  }

  tell(publication: Publication, told: Exclude<Told, "nothing">, at?: Publication["at"]): void {
    assert(publication.told === "nothing", `publication ${publication.number} was told twice`)
    publication.told = told
    publication.at = at
  }

  counts(): Readonly<Record<Told, number>> {
    const counts = { nothing: 0, acknowledged: 0, refused: 0, unknown: 0 }
    for (const { told } of this.#publications) counts[told]++
    return counts
  }
}
