/** Owns: what each stream holds, in numbers, for people who look. Never: anything a loop decides by. */

import type { Session } from "./session.ts"
import { ask } from "./session.ts"
import { boundsIn } from "./state.ts"
import { CLOSED_BECAUSE } from "./topology.config.ts"

export interface StreamCount {
  readonly name: string
  readonly messages: number
  readonly bytes: number
  /** Nothing: without a limit of its own. */
  readonly limitBytes: number | undefined
  /** Why it takes nothing more, when the disk guard has closed it. */
  readonly closedBecause: string | null
  readonly first: number
  readonly last: number
}

export function countStreams(session: Session): Promise<readonly StreamCount[]> {
  return ask("log", "list the streams", session, async () => {
    const counts: StreamCount[] = []
    for await (const { config, state } of session.manager.streams.list()) {
      const limitBytes = config.max_bytes > 0 ? config.max_bytes : undefined
      const closedBecause = config.metadata?.[CLOSED_BECAUSE] ?? null
      counts.push({ name: config.name, limitBytes, closedBecause, ...boundsIn(state) })
    }
    return counts
  })
}

/** Messages of each subject that matches the filter. */
export function countSubjects(session: Session, stream: string, filter: string) {
  return ask("log", `count the subjects of ${stream}`, session, async () => {
    const { state } = await session.manager.streams.info(stream, { subjects_filter: filter })
    return new Map(Object.entries(state.subjects ?? {}))
  })
}
