/** The public entry point `millrace/client`: publishing events, over NATS or any other transport. */

export { PartlyPublished } from "./calls.ts"
export { type Client, type ClientParts, type ClientStats, createClient } from "./client.ts"
export { type ConnectOptions, connect } from "./connect.ts"
export type { EventToPublish, Receipt } from "./event.ts"
export { PublishFailed, type Why } from "./failures.ts"
export { type NatsTransportOptions, natsTransport } from "./nats-transport.ts"
export type { ClientOptions } from "./options.ts"
export type { Message, Outcome, Transport } from "./transport.ts"
