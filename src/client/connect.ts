/** Owns: a client on NATS, from one call. Never: what it does then. */

import { systemClock } from "../base/clock.ts"
import type { Logger } from "../base/log.ts"
import { systemRandom } from "../base/random.ts"
import { connectNats, type NatsTls } from "../wire/nats/connection.ts"
import { type Client, createClient } from "./client.ts"
import { natsTransport } from "./nats-transport.ts"
import { type ClientOptions, settleOptions } from "./options.ts"

export interface ConnectOptions extends ClientOptions {
  /** `nats://host:port`, or several divided by commas. */
  readonly url: string
  readonly name?: string
  readonly tls?: NatsTls
  readonly connectWithinMs?: number
  readonly logger?: Logger
}

/** Rejects with Unreachable or Misuse. Afterwards the connection is restored for as long as the client is open. */
export async function connect(options: ConnectOptions): Promise<Client> {
  const { url, name, tls, connectWithinMs, logger, ...clientOptions } = options
  settleOptions(clientOptions)
  const connection = await connectNats({
    url,
    name: name ?? "millrace-client",
    ...(tls === undefined ? {} : { tls }),
    ...(connectWithinMs === undefined ? {} : { connectWithinMs }),
    ...(logger === undefined ? {} : { logger }),
  })
  return createClient({
    transport: natsTransport(connection, { clock: systemClock, closeConnection: true }),
    clock: systemClock,
    random: systemRandom,
    options: clientOptions,
    ...(logger === undefined ? {} : { logger }),
  })
}
