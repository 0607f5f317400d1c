/** Owns: what everything on one connection shares: the manager for requests, the clock. Never: policy. */

import { type JetStreamManager, jetstreamManager } from "@nats-io/jetstream"
import { type Clock, systemClock } from "../../base/clock.ts"
import { STREAM_ANSWER_WITHIN_MS } from "../../base/limits.ts"
import type { NatsConnection } from "../../wire/nats/connection.ts"
import { failureOfError, type Port } from "./errors.ts"

export interface Session {
  readonly connection: NatsConnection
  readonly manager: JetStreamManager
  readonly clock: Clock
}

export async function openSession(connection: NatsConnection, clock: Clock = systemClock): Promise<Session> {
  const manager = await jetstreamManager(connection, { timeout: STREAM_ANSWER_WITHIN_MS, checkAPI: false })
  return { connection, manager, clock }
}

/** Runs a request; what goes wrong on the way is the port's failure. */
export async function ask<T>(port: Port, operation: string, request: () => Promise<T>): Promise<T> {
  try {
    return await request()
  } catch (error) {
    throw failureOfError(port, operation, error)
  }
}
