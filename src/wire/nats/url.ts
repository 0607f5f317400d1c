/** Owns: reading NATS URLs, and showing them without their secrets. Never: connecting. */

import { Misuse } from "../../base/errors.ts"

export interface NatsUrl {
  readonly protocol: string
  readonly host: string
  readonly port: string
  readonly user: string
  readonly password: string
}

/** One or several, divided by commas. */
export function parsedUrls(text: string): readonly [NatsUrl, ...NatsUrl[]] {
  const [first, ...others] = text.split(",").map((url) => url.trim())
  return [parsedUrl(first ?? ""), ...others.map(parsedUrl)]
}

function parsedUrl(text: string): NatsUrl {
  const url = URL.parse(text.includes("://") ? text : `nats://${text}`)
  if (url === null || url.hostname === "" || !["nats:", "tls:"].includes(url.protocol)) throw wrongUrl(text)
  return {
    protocol: url.protocol,
    host: url.hostname,
    port: url.port === "" ? "4222" : url.port,
    user: decodeURIComponent(url.username),
    password: decodeURIComponent(url.password),
  }
}

function wrongUrl(text: string): Misuse {
  return new Misuse({
    operation: "read a NATS URL",
    reason: `${shownUrl(text)} is not one`,
    hint: "expected nats://host:port or tls://host:port",
  })
}

/** Without what may be secret. */
export function shownUrl(url: string): string {
  return url.replaceAll(/[^/,]*@/g, "")
}
