/**
 * The ports of the commands: what they ask of the rest of Millrace. main.ts makes it, each part lazily, so that help
 * loads nothing. Owns: the questions. Never: backends.
 */

import type { EventToPublish, Receipt } from "../../client/event.ts"
import type { Definition } from "../../define/definition.ts"
import type { Registry } from "../../define/registry.ts"
import type { Log } from "../../streams/log.ts"
import type { Store } from "../../streams/store.ts"
import type { Change } from "../../streams/topology.diff.ts"

export interface Wiring {
  /** Runs a role to its end; resolves to its exit code. `start` is one too. */
  role(name: string, args: readonly string[]): Promise<number>
  /** These fail with Unreachable when no NATS server answers there. */
  publisher(natsUrl: string, tenant: string): Promise<EventPublisher>
  topology(natsUrl: string): Promise<TopologyTool>
  log(natsUrl: string): Promise<OpenLog>
  /** The bucket that coordinates: what the running generation was begun with stands there. */
  control(natsUrl: string): Promise<OpenControl>
  /** The built-in actors and events, and those of a module, whether or not they can be run. */
  actors(module: string | undefined): Promise<LoadedActors>
}

export interface LoadedActors {
  readonly definitions: readonly Definition[]
  readonly registry: Registry
}

export interface EventPublisher {
  /** Resolves once it is durably in the log of record. */
  publish(event: EventToPublish): Promise<Receipt>
  close(): Promise<void>
}

export interface TopologyTool {
  diff(): Promise<readonly Change[]>
  /** What was changed, and what is to be known of the rest. Refuses, before changing anything, what would lose data. */
  apply(): Promise<readonly Change[]>
  close(): Promise<void>
}

export interface OpenControl {
  /** The one that runs, or would. */
  readonly generation: number
  readonly store: Store
  close(): Promise<void>
}

export interface OpenLog {
  readonly log: Log
  close(): Promise<void>
}
