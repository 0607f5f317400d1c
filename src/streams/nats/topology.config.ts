/** Owns: how a declared stream is said in JetStream's words, and back. Never: deciding or applying (topology.ts). */

import {
  DiscardPolicy,
  RetentionPolicy,
  StorageType,
  StoreCompression,
  type StreamConfig,
  type StreamInfo,
} from "@nats-io/jetstream"
import { millis, nanos, type WithRequired } from "@nats-io/transport-node"
import type { ActualStream, StreamShape } from "../topology.diff.ts"
import type { StreamDeclaration } from "../topology.ts"

export type NatsStreamConfig = WithRequired<Partial<StreamConfig>, "name">

/** Metadata that says why a stream is closed (door.ts). */
export const CLOSED_BECAUSE = "millrace.closed_because"

const UNLIMITED = -1

export function configOf(declared: StreamDeclaration): NatsStreamConfig {
  const { transform, expiryMarkerMs } = declared
  return {
    name: declared.name,
    description: declared.holds,
    subjects: [...declared.subjects],
    ...(transform === undefined ? {} : { subject_transform: { src: transform.source, dest: transform.destination } }),
    retention: RetentionPolicy.Limits,
    storage: StorageType.File,
    discard: DiscardPolicy.New,
    max_bytes: declared.maxBytes,
    max_msgs: declared.maxMessages ?? UNLIMITED,
    max_age: nanos(declared.maxAgeMs ?? 0),
    max_msg_size: declared.maxMessageBytes,
    max_msgs_per_subject: declared.maxPerSubject ?? UNLIMITED,
    duplicate_window: nanos(declared.duplicateWindowMs),
    compression: declared.compression === "s2" ? StoreCompression.S2 : StoreCompression.None,
    num_replicas: declared.replicas,
    deny_delete: declared.denyDelete,
    deny_purge: declared.denyPurge,
    allow_rollup_hdrs: declared.rollup,
    // A replica that lags may answer a direct get: reads go through the leader (K2).
    allow_direct: false,
    no_ack: false,
    ...(expiryMarkerMs === undefined ? {} : { allow_msg_ttl: true, subject_delete_marker_ttl: nanos(expiryMarkerMs) }),
  }
}

export function actualOf({ config, state }: Pick<StreamInfo, "config" | "state">): ActualStream {
  return {
    name: config.name,
    shape: shapeIn(config),
    closedBecause: config.metadata?.[CLOSED_BECAUSE],
    messages: state.messages,
    bytes: state.bytes,
  }
}

/** JetStream says "no limit" as 0, -1 or nothing. */
const limit = (value: number | undefined) => (value === undefined || value <= 0 ? undefined : value)
const limitMs = (value: number | undefined) => (value === undefined || value <= 0 ? undefined : millis(value))

function shapeIn(config: StreamConfig): StreamShape {
  const { subject_transform: transform } = config
  return {
    description: config.description ?? "",
    subjects: config.subjects ?? [],
    transform: transform === undefined ? undefined : { source: transform.src ?? "", destination: transform.dest },
    retention: config.retention,
    storage: config.storage,
    discard: config.discard,
    maxBytes: limit(config.max_bytes),
    maxMessages: limit(config.max_msgs),
    maxAgeMs: limitMs(config.max_age),
    maxMessageBytes: limit(config.max_msg_size),
    maxPerSubject: limit(config.max_msgs_per_subject),
    duplicateWindowMs: millis(config.duplicate_window ?? 0),
    compression: config.compression === StoreCompression.S2 ? "s2" : "none",
    replicas: config.num_replicas,
    denyDelete: config.deny_delete ?? false,
    denyPurge: config.deny_purge ?? false,
    expiryMarkerMs: config.allow_msg_ttl === true ? limitMs(config.subject_delete_marker_ttl) : undefined,
    rollup: config.allow_rollup_hdrs ?? false,
    directGets: config.allow_direct ?? false,
    acknowledges: config.no_ack !== true,
    sealed: config.sealed ?? false,
    copiesAnother: config.mirror !== undefined || (config.sources ?? []).length > 0,
  }
}
