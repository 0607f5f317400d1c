/**
 * Owns: the names of our own streams and buckets, and the subjects of those that no publisher sees.
 * Never: public subjects (wire/subject.ts), or what the streams keep (topology.ts).
 *
 *   shard.<generation>.<shard>         routed segments
 *   outbox.<generation>.<shard>        frames; also the shard's loop lane
 *   dead.<generation>.<shard>          letters of a shard
 *   dead.<generation>.<sink>.<shard>   what a sink refused
 *   late.<generation>.<shard>          the late ledger
 *   audit.<tenant>                     who did what
 */

import { INGEST_SUBJECTS, TICK_SUBJECTS } from "../wire/subject.ts"

export const INGEST = "INGEST"
export const DEAD = "DEAD"
export const AUDIT = "AUDIT"
export const shardsStream = (generation: number) => `SHARDS_${generation}`
export const outboxStream = (generation: number) => `OUTBOX_${generation}`

export const CONTROL_BUCKET = "control"
export const stateBucket = (generation: number) => `state_${generation}`
export const bucketStream = (bucket: string) => `KV_${bucket}`
export const bucketSubject = (bucket: string, key: string) => `$KV.${bucket}.${key}`

export const shardSubject = (generation: number, shard: number) => `shard.${generation}.${shard}`
export const outboxSubject = (generation: number, shard: number) => `outbox.${generation}.${shard}`
export const deadSubject = (generation: number, shard: number) => `dead.${generation}.${shard}`
export const sinkDeadSubject = (generation: number, sink: string, shard: number) =>
  `dead.${generation}.${sink}.${shard}`
export const lateSubject = (generation: number, shard: number) => `late.${generation}.${shard}`

/** What each stream takes. */
export const TAKES = {
  ingest: [INGEST_SUBJECTS, TICK_SUBJECTS],
  shards: (generation: number) => [`shard.${generation}.*`],
  outbox: (generation: number) => [`outbox.${generation}.*`],
  dead: ["dead.>", "late.>"],
  audit: ["audit.*"],
  bucket: (bucket: string) => [bucketSubject(bucket, ">")],
} as const

/** A name that Millrace gives, of any generation: what a topology diff may remark on. */
export function isOurStream(stream: string): boolean {
  return /^(INGEST|DEAD|AUDIT|SHARDS_\d+|OUTBOX_\d+|KV_control|KV_state_\d+)$/.test(stream)
}

/** The generation that a stream belongs to, for those that belong to one. */
export function generationOf(stream: string): number | undefined {
  const [, generation] = /^(?:SHARDS|OUTBOX|KV_state)_(\d+)$/.exec(stream) ?? []
  return generation === undefined ? undefined : Number(generation)
}
