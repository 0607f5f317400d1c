/**
 * Owns: every reason for which an event of the log is rejected, with the words for people.
 * Never: deciding (decode.ts). The tags are public: dead letters, metrics and the API show them.
 */

import type { Issue } from "../define/validate.ts"
import { issuesText } from "../define/validate.ts"

export type Reason =
  | { readonly tag: "stray"; readonly subject: string }
  | { readonly tag: "bad-tenant"; readonly why: string }
  | { readonly tag: "bad-headers"; readonly why: string }
  | { readonly tag: "bad-id"; readonly why: string }
  | { readonly tag: "unknown-type"; readonly type: string }
  | {
      readonly tag: "unknown-version"
      readonly type: string
      readonly version: number
      readonly known: readonly number[]
    }
  | { readonly tag: "oversized"; readonly bytes: number; readonly bytesMax: number }
  | { readonly tag: "undecodable"; readonly why: string }
  | { readonly tag: "bad-batch"; readonly why: string }
  | { readonly tag: "time-ahead"; readonly timeMs: number; readonly arrivedAt: number; readonly aheadMsMax: number }
  | { readonly tag: "time-too-early"; readonly timeMs: number; readonly timeMsMin: number }
  | { readonly tag: "invalid"; readonly issues: readonly Issue[] }
  | { readonly tag: "bad-text"; readonly issue: Issue }
  | { readonly tag: "bad-key"; readonly field: string; readonly trouble: string }
  | { readonly tag: "failed-up"; readonly from: number; readonly why: string }

export type ReasonTag = Reason["tag"]
type Tagged<T extends ReasonTag> = Extract<Reason, { readonly tag: T }>

interface Words<T extends ReasonTag> {
  readonly text: (reason: Tagged<T>) => string
  readonly hint: string
}

const iso = (timeMs: number) => (Math.abs(timeMs) <= 8.64e15 ? new Date(timeMs).toISOString() : `${timeMs} ms`)

export const REASONS: { readonly [T in ReasonTag]: Words<T> } = {
  stray: {
    text: ({ subject }) => `the subject ${JSON.stringify(subject)} is not ingest.<tenant>.<type>.<key>`,
    hint: "publish with exactly four tokens; percent-encode . * > % and spaces in the key",
  },
  "bad-tenant": {
    text: ({ why }) => why,
    hint: "publish under a tenant with such a name",
  },
  "bad-headers": {
    text: ({ why }) => why,
    hint: "correct or leave out the header",
  },
  "bad-id": {
    text: ({ why }) => why,
    hint: "use a short printable id, or leave it out",
  },
  "unknown-type": {
    text: ({ type }) => `no event of type ${JSON.stringify(type)} is declared`,
    hint: "declare it with event(…) and let an actor listen to it, or correct the subject; then redrive",
  },
  "unknown-version": {
    text: ({ type, version, known }) => `${type} has no version ${version}, only ${known.join(", ")}`,
    hint: "add the version to the event's `from`, or start the code that knows it; then redrive",
  },
  oversized: {
    text: ({ bytes, bytesMax }) => `the event takes ${bytes} bytes, more than ${bytesMax}`,
    hint: "keep large content elsewhere and publish where it is",
  },
  undecodable: {
    text: ({ why }) => why,
    hint: "send JSON, or MessagePack with Content-Type: application/msgpack",
  },
  "bad-batch": {
    text: ({ why }) => `the batch cannot be read: ${why}`,
    hint: "see the packed format; every event of the message is in this one letter",
  },
  "time-ahead": {
    text: ({ timeMs, arrivedAt, aheadMsMax }) =>
      `the event time ${iso(timeMs)} is more than ${aheadMsMax / 1000} s after its arrival at ${iso(arrivedAt)}`,
    hint: "set the publisher's clock; times are in milliseconds",
  },
  "time-too-early": {
    text: ({ timeMs, timeMsMin }) => `the event time ${iso(timeMs)} is before ${iso(timeMsMin)}`,
    hint: "times are in milliseconds since 1970",
  },
  invalid: {
    text: ({ issues }) => issuesText(issues),
    hint: "correct the data, or publish it as the version it was written for",
  },
  "bad-text": {
    text: ({ issue }) => issuesText([issue]),
    hint: "remove the character: no database can keep it",
  },
  "bad-key": {
    text: ({ field, trouble }) => `${field}: ${trouble}`,
    hint: "every event needs its key field",
  },
  "failed-up": {
    text: ({ from, why }) => `the way up from version ${from} failed: ${why}`,
    hint: "correct `up` in the event's `from`; then redrive",
  },
}

export function reasonText(reason: Reason): string {
  return words(reason.tag).text(reason)
}

export function reasonHint(reason: Reason): string {
  return REASONS[reason.tag].hint
}

/** The table's own type proves that tag and words belong together; the compiler cannot follow it through an index. */
function words(
  tag: ReasonTag,
): { readonly text: (reason: never) => string } & { readonly text: (reason: Reason) => string } {
  return REASONS[tag] as Words<ReasonTag> & { readonly text: (reason: Reason) => string }
}
