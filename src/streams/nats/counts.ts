/** Owns: what each stream holds, in numbers, for people who look. Never: anything a loop decides by. */

import type { Session } from "./session.ts"
import { ask } from "./session.ts"
import { boundsIn } from "./state.ts"

export interface StreamCount {
  readonly name: string
  readonly messages: number
  readonly bytes: number
  /** Nothing: without a limit of its own. */
  readonly limitBytes: number | undefined
  readonly first: number
  readonly last: number
}

export function countStreams({ manager }: Session): Promise<readonly StreamCount[]> {
  return ask("log", "list the streams", async () => {
    const counts: StreamCount[] = []
    for await (const { config, state } of manager.streams.list()) {
      const limitBytes = config.max_bytes > 0 ? config.max_bytes : undefined
      counts.push({ name: config.name, limitBytes, ...boundsIn(state) })
    }
    return counts
  })
}

/** Messages of each subject that matches the filter. */
export function countSubjects({ manager }: Session, stream: string, filter: string) {
  return ask("log", `count the subjects of ${stream}`, async () => {
    const { state } = await manager.streams.info(stream, { subjects_filter: filter })
    return new Map(Object.entries(state.subjects ?? {}))
  })
}
