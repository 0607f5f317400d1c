/**
 * The port of the client to whatever takes its messages. Declared here; NATS is one (nats-transport.ts), a simulated
 * network another. Owns: the words for how one attempt ended. Never: trying again; that is the machine's.
 *
 * T1 `settle` is called exactly once, after `send` has returned.
 * T2 "stored" is said only of what is durably in the log.
 * T3 messages of one subject that were sent one after another's "stored" are stored in that order.
 */

export interface Message {
  readonly subject: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array
}

export type Outcome =
  /** In the log at this sequence. `duplicate`: an earlier attempt had done it. */
  | { readonly tag: "stored"; readonly sequence: number; readonly duplicate: boolean }
  /** The log pushes back; nothing was stored, and the same may be taken later. */
  | { readonly tag: "full"; readonly reason: string }
  /** The log will never take this; nothing was stored. */
  | { readonly tag: "refused"; readonly reason: string }
  /** No answer. `maybeStored` is false where it certainly was not. */
  | { readonly tag: "unknown"; readonly reason: string; readonly maybeStored: boolean }

export interface Transport {
  /** The largest message, body and headers together. */
  readonly messageBytesMax: number
  send(message: Message, settle: (outcome: Outcome) => void): void
  /** No send follows. What is in flight is settled as unknown. */
  close(): Promise<void>
}
