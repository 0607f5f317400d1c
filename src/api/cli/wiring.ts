/**
 * The ports of the commands: what they ask of the rest of Millrace. main.ts makes it, each part lazily, so that help
 * loads nothing. Owns: the questions. Never: backends.
 */

import type { EventToPublish, Receipt } from "../../client/event.ts"
import type { Registry } from "../../define/registry.ts"
import type { Change } from "../../streams/topology.diff.ts"

export interface Wiring {
  /** Runs a role to its end; resolves to its exit code. `start` is one too. */
  role(name: string, args: readonly string[]): Promise<number>
  /** Every known event: the built-in ones, and those of the user's module. */
  registry(actors: string | undefined): Promise<Registry>
  /** Fails with Unreachable when no NATS server answers. */
  publisher(natsUrl: string, tenant: string): Promise<EventPublisher>
  topology(natsUrl: string): Promise<TopologyTool>
  /** Against the stored history, or against the last fingerprints that were kept. */
  schemaCheck(natsUrl: string, registry: Registry, request: SchemaCheckRequest): Promise<SchemaCheckReport>
}

export interface EventPublisher {
  /** Resolves once it is durably in the log of record. */
  publish(event: EventToPublish): Promise<Receipt>
  close(): Promise<void>
}

export interface TopologyTool {
  diff(): Promise<readonly Change[]>
  /** What was changed, and what could not be. Changes nothing if a difference would lose data. */
  apply(): Promise<readonly Change[]>
  close(): Promise<void>
}

export interface SchemaCheckRequest {
  /** Every stored event, not a sample of each type and version. */
  readonly all: boolean
}

export interface SchemaCheckReport {
  readonly checked: number
  readonly findings: readonly SchemaFinding[]
}

export interface SchemaFinding {
  readonly type: string
  readonly version: number | null
  readonly detail: string
  /** How many stored events have it; the first one's place. */
  readonly events: number
  readonly firstSequence: number | null
}
