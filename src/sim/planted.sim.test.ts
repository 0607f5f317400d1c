/** The simulator must be able to fail: known bugs, planted here only, each found within a few seeds. */

import { expect, test } from "vitest"
import { seededRandom } from "../base/random.ts"
import { type Client, createClient } from "../client/client.ts"
import type { Message, Outcome, Transport } from "../client/transport.ts"
import { HEADER } from "../wire/headers.ts"
import { type PublishParts, publishScenario, publishWith } from "./scenarios/publish.ts"
import { ROOM } from "./scenarios/publisher.ts"
import { PROMISES } from "./scenarios/recount.ts"
import { BOUNDS } from "./scenarios/watch.ts"
import { simulate } from "./simulate.ts"

const SEEDS = [1, 2, 3, 4, 5, 6]

const onSend = (change: (message: Message) => Message) => (inner: Transport) => ({
  ...inner,
  send: (message: Message, settle: (outcome: Outcome) => void) => inner.send(change(message), settle),
})

const onOutcome = (change: (outcome: Outcome) => Outcome) => (inner: Transport) => ({
  ...inner,
  send: (message: Message, settle: (outcome: Outcome) => void) =>
    inner.send(message, (outcome) => settle(change(outcome))),
})

let sent = 0

const PLANTED: readonly (readonly [string, Partial<PublishParts>, string])[] = [
  [
    "a retry with a new message id",
    {
      transport: onSend(({ headers, ...message }) => ({
        ...message,
        headers: { ...headers, [HEADER.messageId]: `${headers[HEADER.messageId]}-${sent++}` },
      })),
    },
    PROMISES.once,
  ],
  [
    "a stream that ignores its duplicate window",
    { streams: (declared) => declared.map((stream) => ({ ...stream, duplicateWindowMs: 0 })) },
    PROMISES.once,
  ],
  [
    "an acknowledgement before the reply",
    {
      transport: (inner) => ({
        ...inner,
        send(message, settle) {
          inner.send(message, () => {})
          queueMicrotask(() => settle({ tag: "stored", sequence: 1, duplicate: false }))
        },
      }),
    },
    PROMISES.once,
  ],
  [
    "an acknowledgement of what nobody knows",
    {
      transport: onOutcome((outcome) =>
        outcome.tag === "unknown" ? { tag: "stored", sequence: 1, duplicate: false } : outcome,
      ),
    },
    PROMISES.once,
  ],
  [
    "a certain no where nobody knows",
    {
      transport: onOutcome((outcome) => (outcome.tag === "unknown" ? { ...outcome, maybeStored: false } : outcome)),
    },
    PROMISES.never,
  ],
  ["two messages of one slot in flight", { makeClient: twoInFlight }, PROMISES.order],
  ["two messages of one slot in flight, seen on the way", { makeClient: twoInFlight }, BOUNDS.oneInFlight],
  [
    "ids that begin anew with each start",
    { makeClient: (parts) => createClient({ ...parts, random: seededRandom(1) }) },
    PROMISES.once,
  ],
  [
    "a position that is off by one",
    {
      transport: onOutcome((outcome) =>
        outcome.tag === "stored" ? { ...outcome, sequence: outcome.sequence + 1 } : outcome,
      ),
    },
    PROMISES.position,
  ],
  [
    "all batches of a tenant on one selector",
    { transport: onSend((message) => ({ ...message, subject: message.subject.replace(/(\._batch\.).*/, "$1x") })) },
    PROMISES.lane,
  ],
  [
    "a client that forgets its bounds",
    {
      makeClient: (parts) =>
        createClient({ ...parts, options: { ...parts.options, inFlightEventsMax: 10_000, waitingCallsMax: 10_000 } }),
    },
    ROOM,
  ],
]

/** Two clients that share everything take turns: what one has in flight, the other does not know. */
function twoInFlight(parts: Parameters<PublishParts["makeClient"]>[0]): Client {
  const clients = [createClient(parts), createClient(parts)] as const
  let turn = 0
  const next = () => clients[turn++ % 2]!
  return {
    publish: (event) => next().publish(event),
    tryPublish: (event) => next().tryPublish(event),
    publishAll: (events) => next().publishAll(events),
    flush: async () => void (await Promise.all(clients.map((client) => client.flush()))),
    close: async () => {
      for (const client of clients) await client.close()
    },
    stats: () => clients[0].stats(),
  }
}

test.for(PLANTED)("finds %s", async ([, planted, invariant]) => {
  const scenario = publishWith(planted)
  const found = new Set<string>()
  for (const seed of SEEDS) {
    const { failure } = await simulate({ seed, steps: 1, scenario })
    for (const violation of failure?.violations ?? []) found.add(violation.invariant)
    if (found.has(invariant)) break
  }
  expect([...found]).toContain(invariant)
})

test("finds nothing on the same seeds where nothing is planted", async () => {
  for (const seed of SEEDS) {
    const { failure } = await simulate({ seed, steps: 1, scenario: publishScenario })
    expect(failure).toBeUndefined()
  }
})

test("a failure shows what happened to the message, and repeats itself by its command", async () => {
  const scenario = publishWith({
    streams: (declared) => declared.map((stream) => ({ ...stream, duplicateWindowMs: 0 })),
  })
  const { failure } = await simulate({ seed: 5, steps: 1, scenario })
  const related = failure?.related.map(({ what }) => what.split(":")[0]) ?? []
  expect(related.filter((what) => what === "publisher 1").length).toBeGreaterThan(1)
  const [, seed, steps] = /--seed (\d+) --steps (\d+)/.exec(failure?.command ?? "") ?? []
  expect((await simulate({ seed: Number(seed), steps: Number(steps), scenario })).failure).toEqual(failure)
})
