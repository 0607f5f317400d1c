/**
 * Owns: what everything on one connection shares: the manager for requests, the clock, hearing of lost connections.
 * Never: retrying.
 */

import { type JetStreamManager, jetstreamManager } from "@nats-io/jetstream"
import { errors } from "@nats-io/transport-node"
import { type Clock, systemClock } from "../../base/clock.ts"
import { STREAM_ANSWER_WITHIN_MS } from "../../base/limits.ts"
import type { NatsConnection } from "../../wire/nats/connection.ts"
import { failureOfError, type Port } from "./errors.ts"

export interface Session {
  readonly connection: NatsConnection
  readonly manager: JetStreamManager
  readonly clock: Clock
}

export async function openSession(
  connection: NatsConnection,
  clock: Clock = systemClock,
  timeout = STREAM_ANSWER_WITHIN_MS,
): Promise<Session> {
  const manager = await jetstreamManager(connection, { timeout, checkAPI: false })
  return { connection, manager, clock }
}

/** Runs a request; what goes wrong on the way is the port's failure. */
export async function ask<T>(
  port: Port,
  operation: string,
  { connection }: Session,
  request: () => Promise<T>,
): Promise<T> {
  try {
    return await unlessLost(connection, request)
  } catch (error) {
    throw failureOfError(port, operation, error)
  }
}

/** Told of each loss of a connection. */
const losses = new WeakMap<NatsConnection, Set<() => void>>()

/** What was written to a connection that then broke is answered by nobody: it fails now, and not after its timeout. */
export function unlessLost<T>(connection: NatsConnection, request: () => Promise<T>): Promise<T> {
  const waiting = losses.get(connection) ?? followLosses(connection)
  return new Promise((resolve, reject) => {
    const lost = () => reject(new errors.ConnectionError("the connection was lost"))
    waiting.add(lost)
    request()
      .then(resolve, reject)
      .finally(() => waiting.delete(lost))
  })
}

function followLosses(connection: NatsConnection): Set<() => void> {
  const waiting = new Set<() => void>()
  losses.set(connection, waiting)
  void (async () => {
    for await (const { type } of connection.status()) {
      if (type === "disconnect") for (const lost of [...waiting]) lost()
    }
  })()
  return waiting
}
