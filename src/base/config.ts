/**
 * Owns: every environment variable Millrace reads, with its meaning, default and check; nothing else reads
 * process.env. Never: acting on them.
 */

import { readFileSync } from "node:fs"
import { join, resolve } from "node:path"
import { explain, Misuse } from "./errors.ts"
import { LOG_LEVELS, type LogLevel } from "./log.ts"

export type Environment = Readonly<Record<string, string | undefined>>

export interface Settings {
  readonly dir: string
  readonly cache: string
  readonly httpHost: string
  readonly httpPort: Port
  readonly metricsPort: Port
  readonly natsUrl: string | undefined
  readonly postgresUrl: string | undefined
  readonly mongoUrl: string | undefined
  readonly logLevel: LogLevel
  /** What all streams and buckets together may take on disk. */
  readonly diskBytes: number
  /** How long a local NATS server lets an acknowledged write wait for the disk: "always" syncs each one first. */
  readonly sync: string
  /** Which generation of the pipeline this process works or shows. */
  readonly generation: number
}

/** `asked`: the person named it, so another one will not do. */
export interface Port {
  readonly port: number
  readonly asked: boolean
}

interface Variable<T> {
  readonly name: string
  readonly means: string
  readonly expects: string
  readonly fallback: (settings: { readonly dir: string }) => T
  /** Throws the reason alone. */
  readonly parse: (text: string) => T
}

const GIB = 1024 ** 3
const UNITS: Readonly<Record<string, number>> = { "": 1, K: 1024, M: 1024 ** 2, G: GIB, T: 1024 ** 4 }

const url = (name: string, means: string, protocols: readonly string[]): Variable<string | undefined> => ({
  name,
  means,
  expects: protocols.map((protocol) => `${protocol}//…`).join(" or "),
  fallback: () => undefined,
  parse(text) {
    const protocol = URL.canParse(text) ? new URL(text).protocol : undefined
    if (protocol === undefined || !protocols.includes(protocol)) throw new Error("not such a URL")
    return text
  },
})

const port = (name: string, means: string, fallback: number): Variable<Port> => ({
  name,
  means,
  expects: "a port, 0 to 65535 (0: any free one)",
  fallback: () => ({ port: fallback, asked: false }),
  parse(text) {
    if (!/^\d{1,5}$/.test(text) || Number(text) > 65_535) throw new Error("not a port")
    return { port: Number(text), asked: true }
  },
})

const text = (name: string, means: string, expects: string, fallback: Variable<string>["fallback"]) => ({
  name,
  means,
  expects,
  fallback,
  parse: (value: string) => value,
})

export const VARIABLES = {
  dir: text("MILLRACE_DIR", "where data lives", "a folder", () => resolve(".millrace")),
  cache: text("MILLRACE_CACHE", "where fetched servers live", "a folder", ({ dir }) => join(dir, "cache")),
  httpHost: text("MILLRACE_HTTP_HOST", "the address the gateway listens on", "a host", () => "127.0.0.1"),
  httpPort: port("MILLRACE_HTTP_PORT", "the gateway's port", 4000),
  metricsPort: port("MILLRACE_METRICS_PORT", "the port of /metrics", 9464),
  natsUrl: url("MILLRACE_NATS_URL", "a NATS server to use", ["nats:", "tls:"]),
  postgresUrl: url("MILLRACE_POSTGRES_URL", "a Postgres to use", ["postgres:", "postgresql:"]),
  mongoUrl: url("MILLRACE_MONGO_URL", "a MongoDB to use", ["mongodb:", "mongodb+srv:"]),
  logLevel: {
    name: "MILLRACE_LOG_LEVEL",
    means: "the least level that is logged",
    expects: LOG_LEVELS.join(", "),
    fallback: () => "info",
    parse(value) {
      const level = LOG_LEVELS.find((known) => known === value)
      if (level === undefined) throw new Error("not a level")
      return level
    },
  } satisfies Variable<LogLevel> as Variable<LogLevel>,
  diskBytes: {
    name: "MILLRACE_DISK_BYTES",
    means: "what all streams and buckets together may take on disk",
    expects: "bytes, or a number with K, M, G or T; at least 1G",
    fallback: () => 16 * GIB,
    parse(value) {
      const [, digits, unit] = /^(\d+)([KMGT]?)$/.exec(value) ?? []
      const bytes = Number(digits) * (UNITS[unit ?? ""] ?? Number.NaN)
      if (!Number.isSafeInteger(bytes) || bytes < GIB) throw new Error("not such a size")
      return bytes
    },
  } satisfies Variable<number> as Variable<number>,
  sync: {
    name: "MILLRACE_SYNC",
    means: "how long the local NATS server lets an acknowledged write wait for the disk",
    expects: "always, or a duration such as 100ms, 1s or 2m",
    fallback: () => "always",
    parse(value) {
      if (value !== "always" && !/^[1-9]\d{0,5}(ms|s|m)$/.test(value)) throw new Error("not such a duration")
      return value
    },
  } satisfies Variable<string> as Variable<string>,
  generation: {
    name: "MILLRACE_GENERATION",
    means: "which generation of the pipeline to work or show; millrace dev chooses it itself",
    expects: "a whole number from 1",
    fallback: () => 1,
    parse(value) {
      if (!/^[1-9]\d{0,8}$/.test(value)) throw new Error("not such a number")
      return Number(value)
    },
  } satisfies Variable<number> as Variable<number>,
} as const satisfies { readonly [K in keyof Settings]: Variable<Settings[K]> }

/** Families that later roles read themselves; their names are checked there. */
const FAMILIES = ["MILLRACE_AUTH_", "MILLRACE_TLS_", "MILLRACE_ROLE_", "MILLRACE_TEST_"]
const OTHERS = ["MILLRACE_CHROMIUM"]

/** All problems at once, each with what was expected. */
export function readSettings(environment: Environment): Settings {
  const problems: string[] = unknownVariables(environment)
  const read = <T>(variable: Variable<T>, settings: { readonly dir: string }): T => {
    try {
      const value = lookUp(environment, variable.name)
      return value === undefined ? variable.fallback(settings) : variable.parse(value)
    } catch (error) {
      const shown = variable.name.endsWith("_URL") ? "what it is set to" : JSON.stringify(environment[variable.name])
      problems.push(`${variable.name}: ${shown} is ${explain(error)}; expected ${variable.expects}`)
      return variable.fallback(settings)
    }
  }
  const dir = resolve(read(VARIABLES.dir, { dir: "" }))
  const at = { dir }
  const settings: Settings = {
    dir,
    cache: resolve(read(VARIABLES.cache, at)),
    httpHost: read(VARIABLES.httpHost, at),
    httpPort: read(VARIABLES.httpPort, at),
    metricsPort: read(VARIABLES.metricsPort, at),
    natsUrl: read(VARIABLES.natsUrl, at),
    postgresUrl: read(VARIABLES.postgresUrl, at),
    mongoUrl: read(VARIABLES.mongoUrl, at),
    logLevel: read(VARIABLES.logLevel, at),
    diskBytes: read(VARIABLES.diskBytes, at),
    sync: read(VARIABLES.sync, at),
    generation: read(VARIABLES.generation, at),
  }
  if (problems.length > 0) throw new Misuse({ operation: "reading the environment", reason: problems.join("\n  ") })
  return settings
}

/** A variable, or the content of the file that `<name>_FILE` names: so secrets need not stand in the environment. */
function lookUp(environment: Environment, name: string): string | undefined {
  const direct = environment[name]
  if (direct !== undefined && direct !== "") return direct
  const file = environment[`${name}_FILE`]
  if (file === undefined || file === "") return undefined
  try {
    return readFileSync(file, "utf8").trim()
  } catch (cause) {
    throw new Error(`unreadable through ${name}_FILE`, { cause })
  }
}

function unknownVariables(environment: Environment): string[] {
  const known = new Set([...OTHERS, ...Object.values(VARIABLES).flatMap(({ name }) => [name, `${name}_FILE`])])
  return Object.keys(environment)
    .filter((name) => name.startsWith("MILLRACE_") && !known.has(name))
    .filter((name) => !FAMILIES.some((family) => name.startsWith(family)))
    .map((name) => `${name} is not a setting; there are ${[...known].filter((k) => !k.endsWith("_FILE")).join(", ")}`)
}
