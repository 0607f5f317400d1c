/**
 * The port to ordered, durable streams. Declared by its consumers: routers, shard workers, projectors, verify.
 * Owns: the words for appending and reading, and the failures they can have.
 * Never: how a server says them (streams/nats/) or what a message means (codecs, decode).
 *
 * L1 a message that was acknowledged is read by every later reader, once, at the sequence of its acknowledgement.
 * L2 sequences rise; a reader sees them in order, without a gap other than what was trimmed.
 * L3 an append whose id the stream took within its duplicate window is acknowledged as a duplicate, and not stored.
 * L4 an append with `expectLast` is stored only if that is the subject's last sequence at that moment.
 * L5 a full stream refuses; it never drops what it took.
 * L6 a reader whose next sequence lies below the first one fails with Trimmed; it never skips. (What was trimmed of one
 *    subject alone shows only in what its messages say of each other: frames are a chain.)
 * L7 a reader that has read further than the log reaches fails with Rewound: the log lost something, or is another one.
 */

import { Failure, type FailureFields } from "../base/errors.ts"

export type Headers = Readonly<Record<string, string>>

export interface Outgoing {
  readonly subject: string
  readonly body: Uint8Array
  readonly headers?: Headers
  /** Repeats of it within the stream's duplicate window are not stored again. */
  readonly id?: string
  /** The fence: the subject's last sequence must be this (0: nothing there yet). */
  readonly expectLast?: number
}

export interface Appended {
  readonly stream: string
  readonly sequence: number
  readonly duplicate: boolean
}

export interface Stored {
  readonly sequence: number
  readonly subject: string
  /** When the stream took it, epoch milliseconds: arrival time. */
  readonly arrivedAt: number
  /** Names as sent; a reader compares them without case. Among them are the server's own for id and fence. */
  readonly headers: Headers
  readonly body: Uint8Array
}

export interface StreamBounds {
  /** The first sequence still there; one more than `last` when the stream is empty. */
  readonly first: number
  readonly last: number
  readonly messages: number
  readonly bytes: number
}

export interface ReadFrom {
  readonly stream: string
  /** One subject filter; wildcards as in NATS. Without it, the whole stream. */
  readonly filter?: string
  readonly from: number
}

export interface LogReader {
  /**
   * The next messages in order, at most `max`; waits up to `waitMs` for the first, then answers with none. After a
   * LogAway it may be called again and goes on where it was. One call at a time, none after `close`.
   */
  next(max: number, waitMs: number): Promise<readonly Stored[]>
  /**
   * Every message for this reader up to here has been handed out: an idle reader's checkpoint may follow it, so that
   * trimming need not wait for a subject on which nothing comes. It lags by seconds, and never runs ahead.
   */
  readonly upto: number
  /** A call of `next` that waits is answered with none. */
  close(): Promise<void>
}

export interface Log {
  append(message: Outgoing): Promise<Appended>
  /** The last message of a subject, or of all that a filter matches, as the stream's leader knows it. */
  last(stream: string, filter: string): Promise<Stored | undefined>
  /** One message by sequence; nothing if it was trimmed or never there. */
  get(stream: string, sequence: number): Promise<Stored | undefined>
  read(from: ReadFrom): Promise<LogReader>
  bounds(stream: string): Promise<StreamBounds>
  /** Removes everything below the sequence, of one subject (a filter without wildcards) or of all. */
  trim(stream: string, below: number, subject?: string): Promise<void>
}

/** The stream is at its limit (or its disk is) and pushes back. Nothing was stored. */
export class LogFull extends Failure {
  override readonly name = "LogFull"
  readonly tag = "LogFull"
  readonly verdict = "retry"
}

/** No answer came, so whether it was stored is not known. Append again with the same id, or read the last. */
export class LogAway extends Failure {
  override readonly name = "LogAway"
  readonly tag = "LogAway"
  readonly verdict = "retry"
}

/** The fence held: somebody else appended. Nothing was stored. */
export class WrongLast extends Failure {
  override readonly name = "WrongLast"
  readonly tag = "WrongLast"
  readonly verdict = "stop"
}

/** The server will never take this message: no such stream, too large, not allowed. */
export class LogRefused extends Failure {
  override readonly name = "LogRefused"
  readonly tag = "LogRefused"
  readonly verdict = "refuse"
}

/** What was to be read next is no longer there. Going on would be a silent gap. */
export class Trimmed extends Failure {
  override readonly name = "Trimmed"
  readonly tag = "Trimmed"
  readonly verdict = "stop"
  readonly first: number
  constructor(fields: FailureFields & { readonly first: number }) {
    super(fields)
    this.first = fields.first
  }
}

/** The log ends before what was already read: it lost messages, or it is another log. Going on would mix two histories. */
export class Rewound extends Failure {
  override readonly name = "Rewound"
  readonly tag = "Rewound"
  readonly verdict = "stop"
  readonly last: number
  constructor(fields: FailureFields & { readonly last: number }) {
    super(fields)
    this.last = fields.last
  }
}
