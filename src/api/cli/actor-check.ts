/** Owns: asking for an actor check and telling what it found. Never: comparing. */

import { generationKey } from "../../actors/generation.ts"
import { readDescription } from "../../actors/generation-description.ts"
import { OUT_OF_ORDER_MS, SHARDS } from "../../base/limits.ts"
import type { Store } from "../../streams/store.ts"
import { checkActors, type Running } from "../actor-check/check.ts"
import { checkText } from "./actor-check-text.ts"
import type { Invocation } from "./invocation.ts"
import { natsUrl } from "./places.ts"

/** Resolves to whether the code at hand can go on with what runs. */
export async function runActorCheck(invocation: Invocation): Promise<boolean> {
  const url = natsUrl(invocation.environment, "millrace actor check")
  const code = await invocation.wiring.actors(invocation.text("actors"))
  const { store, generation, close } = await invocation.wiring.control(url)
  try {
    const running = await readRunning(store, generation)
    const check = checkActors({ ...code, shards: SHARDS, outOfOrderMs: OUT_OF_ORDER_MS }, running)
    if (invocation.has("json")) invocation.answer(check)
    else invocation.terminal.out(checkText(check))
    return check.passed
  } finally {
    await close()
  }
}

async function readRunning(control: Store, generation: number): Promise<Running> {
  const pinned = await control.get(generationKey(generation))
  const fingerprint = pinned === undefined ? undefined : Buffer.from(pinned.value).toString("utf8")
  return { generation, fingerprint, description: await readDescription(control, generation) }
}
