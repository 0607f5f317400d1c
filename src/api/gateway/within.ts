/** Owns: asking something that may fail or hang, and always getting an answer. Never: stopping the work itself. */

import { type Clock, sleep } from "../../base/clock.ts"
import { explain } from "../../base/errors.ts"

export type Outcome<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly reason: string }

export async function within<T>(clock: Clock, boundMs: number, ask: () => Promise<T>): Promise<Outcome<T>> {
  const bound = new AbortController()
  const late = sleep(clock, boundMs, bound.signal).then((): Outcome<T> => {
    return { ok: false, reason: `no answer within ${boundMs} ms` }
  })
  const answered = Promise.resolve()
    .then(ask)
    .then(
      (value): Outcome<T> => ({ ok: true, value }),
      (error: unknown): Outcome<T> => ({ ok: false, reason: explain(error) }),
    )
  const outcome = await Promise.race([answered, late])
  bound.abort()
  return outcome
}
