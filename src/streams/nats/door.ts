/**
 * Owns: closing and opening a stream for publishers. Never: when (disk.guard.ts).
 *
 * A closed stream is one that may hold one message: JetStream then answers every publish with "maximum messages
 * exceeded" (10077), to whoever it is, and because it refuses what is new it removes nothing of what it has, neither at
 * the change nor at its next start. The limit in bytes stays as it is, so that the room set aside for the stream is not
 * given to another while it is closed. (An empty stream takes one message more.)
 */

import type { StreamConfig } from "@nats-io/jetstream"
import type { Door } from "../disk.guard.ts"
import type { StreamDeclaration } from "../topology.ts"
import { ask, type Session } from "./session.ts"
import { CLOSED_BECAUSE, configOf } from "./topology.config.ts"

const CLOSED_MESSAGES_MAX = 1

export function natsDoor(session: Session, declared: StreamDeclaration): Door {
  const { name } = declared
  const config = async (): Promise<StreamConfig> => (await session.manager.streams.info(name)).config
  const change = async (max_msgs: number | undefined, metadata: Record<string, string>) => {
    await session.manager.streams.update(name, { ...(max_msgs === undefined ? {} : { max_msgs }), metadata })
  }
  return {
    isOpen: () =>
      ask("log", `look at ${name}`, session, async () => (await config()).metadata?.[CLOSED_BECAUSE] === undefined),
    close: (because) =>
      ask("log", `close ${name}`, session, async () => {
        const { metadata } = await config()
        await change(CLOSED_MESSAGES_MAX, { ...metadata, [CLOSED_BECAUSE]: because })
      }),
    open: () =>
      ask("log", `open ${name}`, session, async () => {
        const { metadata = {} } = await config()
        const { [CLOSED_BECAUSE]: _, ...rest } = metadata
        await change(configOf(declared).max_msgs, rest)
      }),
  }
}
