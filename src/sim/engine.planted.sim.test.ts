/**
 * The simulator must be able to fail: known bugs of engines like this one, planted here only, each found within a few
 * seeds, and nothing found on the same seeds where nothing is planted.
 */

import { expect, test } from "vitest"
import { Changes } from "../actors/changes.ts"
import { DeadlineIndex } from "../actors/deadline-index.ts"
import { ShardMachine } from "../actors/machine.ts"
import { Progress } from "../actors/progress.ts"
import { KeptState } from "../actors/recovery.ts"
import { Taking } from "../actors/taking.ts"
import { FrameReader } from "../streams/frame.read.ts"
import type { Emitted } from "../streams/frame.ts"
import { type Log, WrongLast } from "../streams/log.ts"
import { KeptRepeats } from "../streams/route/lane-checkpoint.ts"
import { Sender } from "../streams/route/sender.ts"
import type { Store } from "../streams/store.ts"
import { type FaultPlan, NO_FAULTS } from "./faults.ts"
import type { Scenario } from "./scenario.ts"
import { ENGINE_PROMISES } from "./scenarios/engine.recount.ts"
import { SNAPSHOT_PROMISES } from "./scenarios/engine.snapshots.ts"
import { type EngineParts, engineScenario, engineWith, SETTLES } from "./scenarios/engine.ts"
import { simulate } from "./simulate.ts"

const SEEDS = Array.from({ length: 20 }, (_, i) => i + 1)
const UNPLANTED = SEEDS.slice(0, 8)
/** Of trouble in each round: small worlds, and more of them. */
const ROUND_STEPS = 5_000
/** Runners that sleep while what they sent is still on its way. */
const SLEEPERS: FaultPlan = {
  messages: { lostRequest: 0, lostAnswer: 0.05, duplicated: 0.05, delayed: 0.1, reordered: true, latencyMsMax: 10 },
  disturbances: { pause: { everyMs: 1_500, forMsMax: 8_000 } },
}
const CRASHES: FaultPlan = { ...NO_FAULTS, disturbances: { crash: { everyMs: 1_500, forMsMax: 2_000 } } }

interface Bug {
  readonly says: string
  readonly parts?: Partial<EngineParts>
  /** Where it takes a special kind of trouble to meet it. */
  readonly plan?: FaultPlan
  /** Methods of the engine that are other ones as long as it is planted. */
  readonly patches?: readonly Patch[]
  /** What the simulator must say; one of these. */
  readonly found: readonly string[]
}

interface Patch {
  plant(): void
  remove(): void
}

/** `make` gets the method as it is. */
function patch<T extends object, K extends keyof T>(on: T, name: K, make: (was: T[K]) => T[K]): Patch {
  const was = Object.getOwnPropertyDescriptor(on, name)!
  return {
    plant: () => Object.defineProperty(on, name, { ...was, value: make(was.value as T[K]) }),
    remove: () => Object.defineProperty(on, name, was),
  }
}

function patchGetter<T extends object, K extends keyof T>(on: T, name: K, make: (self: T) => T[K]): Patch {
  const was = Object.getOwnPropertyDescriptor(on, name)!
  return {
    plant: () =>
      Object.defineProperty(on, name, {
        ...was,
        get(this: T) {
          return make(this)
        },
      }),
    remove: () => Object.defineProperty(on, name, was),
  }
}

const onAppend =
  (of: string, change: (append: Log["append"]) => Log["append"]) =>
  (log: Log): Log => ({
    ...log,
    append: (message) => (message.subject.startsWith(of) ? change(log.append)(message) : log.append(message)),
  })

type Record = Parameters<Taking["record"]>

/** The record as the engine takes it, with another stamp. */
const withStamp = (stampOf: (...record: Record) => number) =>
  patch(Taking.prototype, "record", (was) => {
    return function (this: Taking, ...record: Record) {
      const [part, instance, routed, from, order, closedUpTo] = record
      was.call(this, part, instance, routed, { ...from, stamp: stampOf(...record) }, order, closedUpTo)
    }
  })

const BUGS: readonly Bug[] = [
  {
    says: "a fence that is not checked",
    parts: {
      log: onAppend(
        "outbox.",
        (append) =>
          ({ expectLast: _, ...message }) =>
            append(message),
      ),
    },
    found: [ENGINE_PROMISES.chain, ENGINE_PROMISES.epochs],
  },
  {
    says: "a shard's checkpoint before its frame",
    patches: [
      patch(KeptState.prototype, "cut", (was) => {
        return function (this: KeptState, shard, head) {
          was.call(this, shard, head)
          this.committed({ head, before: head, sequence: 0, bytes: 0, tookMs: 0 })
        }
      }),
    ],
    found: [SNAPSHOT_PROMISES.frame],
  },
  {
    says: "a lane's checkpoint before the shards acknowledged",
    patches: [
      patch(Sender.prototype, "acked", () => {
        return function (this: Sender, lane) {
          return this.told(lane)
        }
      }),
    ],
    found: [SETTLES],
  },
  {
    says: "a filter of duplicates that is off by one",
    patches: [
      patch(Progress.prototype, "takenOf", (was) => {
        return function (this: Progress, lane) {
          return was.call(this, lane) + 1
        }
      }),
    ],
    found: [ENGINE_PROMISES.rows, ENGINE_PROMISES.counts],
  },
  {
    says: "ids that a lane's next router does not know",
    plan: CRASHES,
    patches: [patch(KeptRepeats.prototype, "restore", () => async () => {})],
    found: [ENGINE_PROMISES.lanes, ENGINE_PROMISES.rows],
  },
  {
    says: "a shard's watermark from one lane only",
    patches: [patchGetter(Progress.prototype, "watermarks", (self) => self.encode()[0]?.watermarks ?? [])],
    found: [ENGINE_PROMISES.watermarks],
  },
  {
    says: "lateness from the shard's watermark",
    patches: [
      withStamp(({ stage }, _instance, _routed, { stamp }, _order, closedUpTo) => (stage === 0 ? closedUpTo : stamp)),
    ],
    found: [ENGINE_PROMISES.late, ENGINE_PROMISES.rows],
  },
  {
    says: "an event of a later stage judged by its shard's watermark",
    patches: judgedByShard(),
    found: [ENGINE_PROMISES.late, ENGINE_PROMISES.rows],
  },
  {
    says: "a late event that is dropped",
    patches: [
      patch(Taking.prototype, "record", (was) => {
        return function (this: Taking, ...record: Record) {
          const [{ definition }, , { time }, { stamp }] = record
          if (time + definition.graceMs > stamp) was.apply(this, record)
        }
      }),
    ],
    found: [ENGINE_PROMISES.late, ENGINE_PROMISES.counts],
  },
  {
    says: "a gap that is accepted",
    patches: [
      patch(ShardMachine.prototype, "begin", (was) => {
        return function (this: ShardMachine, sequence, sections) {
          was.call(
            this,
            sequence,
            sections.map((section) => ({ ...section, after: 0 })),
          )
        }
      }),
    ],
    found: [ENGINE_PROMISES.rows, ENGINE_PROMISES.counts],
  },
  {
    says: "a resend that is not go-back-N",
    patches: resendOfOneAlone(),
    found: [SETTLES],
  },
  {
    says: "emits that are repeated after a replay",
    patches: repeatedEmits(),
    found: [ENGINE_PROMISES.emits],
  },
  {
    says: "closings in the order of a map",
    patches: [
      patch(Changes.prototype, "take", (was) => {
        return function (this: Changes) {
          const taken = was.call(this)
          return { ...taken, emits: taken.emits.toReversed() }
        }
      }),
    ],
    found: [ENGINE_PROMISES.order],
  },
  {
    says: "a cold instance that never closes",
    patches: [
      patch(DeadlineIndex.prototype, "file", (was) => {
        return function (this: DeadlineIndex, stage, at, name) {
          if (at - this.next(stage) < 4_000 || this.next(stage) === Number.POSITIVE_INFINITY)
            was.call(this, stage, at, name)
        }
      }),
    ],
    found: [ENGINE_PROMISES.rows, ENGINE_PROMISES.emits],
  },
  {
    says: "a manifest that an old epoch writes",
    parts: { state: withoutRevisions },
    plan: SLEEPERS,
    found: [SNAPSHOT_PROMISES.epoch],
  },
  {
    says: "a delta that an old epoch writes over another's",
    parts: { state: withoutEpochs },
    plan: SLEEPERS,
    found: [SNAPSHOT_PROMISES.once, SNAPSHOT_PROMISES.named],
  },
  {
    says: "pages that an old epoch deletes",
    plan: SLEEPERS,
    parts: deletingWhenFenced(),
    found: [SNAPSHOT_PROMISES.named],
  },
]

/** Of INGEST, as the shard at work has it. */
function judgedByShard(): readonly Patch[] {
  let watermark = Number.NEGATIVE_INFINITY
  const was = Object.getOwnPropertyDescriptor(Progress.prototype, "watermarks")!
  return [
    patchGetter(Progress.prototype, "watermarks", (self) => {
      const all: readonly number[] = was.get!.call(self)
      watermark = all[0]!
      return all
    }),
    withStamp(({ stage }, _instance, _routed, { stamp }) => (stage > 0 ? watermark : stamp)),
  ]
}

/** Only the message whose outcome is unknown goes again; those behind it count as told. */
function resendOfOneAlone(): readonly Patch[] {
  const newest = new WeakMap<Sender, number>()
  const again = new WeakMap<Sender, number>()
  return [
    patch(Sender.prototype, "unknown", (was) => {
      return function (this: Sender, number) {
        again.set(this, number)
        was.call(this, number)
      }
    }),
    patch(Sender.prototype, "stored", (was) => {
      return function (this: Sender, number) {
        was.call(this, number, number + 1)
      }
    }),
    patch(Sender.prototype, "next", (was) => {
      return function (this: Sender) {
        for (;;) {
          const out = was.call(this)
          if (out === undefined) return undefined
          const resent = out.number <= (newest.get(this) ?? -1)
          if (!resent) newest.set(this, out.number)
          if (!resent || out.number === again.get(this)) return out
          this.stored(out.number, 0)
        }
      }
    }),
  ]
}

/** A replay forgets what it computes again, all but emits. */
function repeatedEmits(): readonly Patch[] {
  const kept = new WeakMap<ShardMachine, readonly Emitted[]>()
  return [
    patch(ShardMachine.prototype, "forget", () => {
      return function (this: ShardMachine) {
        const frame = this.cut({ epoch: 0, n: 0, writer: "" })
        kept.set(this, [...(kept.get(this) ?? []), ...(frame?.emits ?? [])])
      }
    }),
    patch(ShardMachine.prototype, "cut", (was) => {
      return function (this: ShardMachine, owner) {
        const frame = was.call(this, owner)
        if (frame === undefined || owner.epoch === 0) return frame
        const emits = [...(kept.get(this) ?? []), ...frame.emits]
        kept.delete(this)
        return { ...frame, emits }
      }
    }),
  ]
}

/** An owner that meets a newer epoch's frame removes what it knows of the snapshot. */
function deletingWhenFenced(): Partial<EngineParts> {
  interface Life {
    remove: (shard: number, epoch: number) => Promise<void>
  }
  let newest: Life
  return {
    log(log) {
      const life: Life = { remove: async () => {} }
      newest = life
      const fenced = async (subject: string) => {
        const last = await log.last("OUTBOX_1", subject)
        if (last !== undefined)
          await life.remove(Number(subject.split(".")[2]), new FrameReader(last.body).head().epoch)
      }
      return {
        ...log,
        async append(message) {
          try {
            return await log.append(message)
          } catch (error) {
            if (error instanceof WrongLast && message.subject.startsWith("outbox.")) await fenced(message.subject)
            throw error
          }
        },
      }
    },
    state(store) {
      const known = new Set<string>()
      newest.remove = async (shard, epoch) => {
        const own = [...known].filter((key) => Number(key.split(".")[0]) === shard)
        if (own.every((key) => Number(key.split(".")[1]) < epoch)) for (const key of own) await store.remove(key)
      }
      const knows = (key: string) => !key.endsWith(".manifest") && known.add(key)
      return {
        ...store,
        get(key) {
          knows(key)
          return store.get(key)
        },
        put(key, value, options) {
          knows(key)
          return store.put(key, value, options)
        },
      }
    },
  }
}

function withoutRevisions(store: Store): Store {
  return { ...store, put: (key, value) => store.put(key, value) }
}

/** Values of all owners under the same names. */
function withoutEpochs(store: Store): Store {
  const plain = (key: string) => (key.endsWith(".manifest") ? key : key.replace(/^(\d+)\.\d+\./, "$1.0."))
  return {
    ...store,
    get: (key) => store.get(plain(key)),
    put: (key, value, options) => store.put(plain(key), value, options),
    remove: (key, revision) => store.remove(plain(key), revision),
  }
}

test.for(BUGS)("finds $says", async ({ parts = {}, plan, patches = [], found }) => {
  const scenario = engineWith(parts)
  const all = new Set<string>()
  for (const each of patches) each.plant()
  try {
    for (const seed of SEEDS) {
      for (const invariant of await broken(seed, scenario, plan)) all.add(invariant)
      if (found.some((invariant) => all.has(invariant))) return
    }
  } finally {
    for (const each of patches) each.remove()
  }
  expect.fail(`found only ${[...all].join("; ") || "nothing"}`)
})

test.for([
  { trouble: "any trouble", plan: undefined },
  { trouble: "sleepers", plan: SLEEPERS },
  { trouble: "crashes", plan: CRASHES },
])("finds nothing on the same seeds where nothing is planted, with $trouble", async ({ plan }) => {
  for (const seed of UNPLANTED) expect(await broken(seed, engineScenario, plan), `seed ${seed}`).toEqual([])
})

async function broken(seed: number, scenario: Scenario, plan: FaultPlan | undefined): Promise<readonly string[]> {
  const trouble = plan === undefined ? {} : { plan }
  const { failure } = await simulate({ seed, steps: 1, scenario, roundSteps: ROUND_STEPS, ...trouble })
  return failure?.violations.map(({ invariant }) => invariant) ?? []
}
