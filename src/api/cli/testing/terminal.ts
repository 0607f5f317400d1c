/** Owns: a command line under test: what it said, and how it ended. Never: a process. */

import type { Environment } from "../../../base/config.ts"
import type { EventToPublish } from "../../../client/event.ts"
import { positionOf } from "../../../wire/position.ts"
import { runCli } from "../main.ts"
import type { EventPublisher, Wiring } from "../wiring.ts"

export interface Said {
  readonly code: number
  readonly out: string
  readonly err: string
}

interface Given {
  readonly wiring?: Partial<Wiring>
  readonly environment?: Environment
  readonly input?: readonly string[]
}

/** A folder that nothing runs on, so that no test meets a Millrace of its machine. */
const NOWHERE: Environment = { MILLRACE_DIR: "/nowhere/at/all" }

export async function cli(words: readonly string[], given: Given = {}): Promise<Said> {
  let out = ""
  let err = ""
  const code = await runCli(words, { ...NOWHERE, ...given.environment }, wiring(given.wiring), {
    out: (text) => {
      out += text
    },
    err: (text) => {
      err += text
    },
    async *input() {
      yield* given.input ?? []
    },
    over: new AbortController().signal,
  })
  return { code, out, err }
}

function wiring(parts: Partial<Wiring> = {}): Wiring {
  const unused = () => Promise.reject(new Error("this part was not wired"))
  return { role: unused, publisher: unused, topology: unused, log: unused, control: unused, actors: unused, ...parts }
}

/** Takes everything, except what the test says otherwise about. */
export class MemoryPublisher implements EventPublisher {
  readonly events: EventToPublish[] = []
  closed = false
  readonly #before: (event: EventToPublish) => Promise<void>

  constructor(before: (event: EventToPublish) => Promise<void> = async () => {}) {
    this.#before = before
  }

  async publish(event: EventToPublish) {
    await this.#before(event)
    this.events.push(event)
    return { id: event.id ?? `made-${this.events.length}`, position: positionOf(0, this.events.length) }
  }

  async close() {
    this.closed = true
  }
}
