/** Owns: one JSON object a line on standard error. Never: a line per event, or a secret. */

import { type Clock, systemClock } from "./clock.ts"
import { explain, Failure } from "./errors.ts"

export const LOG_LEVELS = ["debug", "info", "warn", "error"] as const
export type LogLevel = (typeof LOG_LEVELS)[number]
export type LogFields = Readonly<Record<string, unknown>>

export interface Logger {
  debug(message: string, fields?: LogFields): void
  info(message: string, fields?: LogFields): void
  warn(message: string, fields?: LogFields): void
  error(message: string, fields?: LogFields): void
  with(fields: LogFields): Logger
}

export interface LoggerOptions {
  readonly level: LogLevel
  readonly fields?: LogFields
  readonly clock?: Clock
  readonly write?: (line: string) => void
}

export function jsonLogger(options: LoggerOptions): Logger {
  const clock = options.clock ?? systemClock
  const write = options.write ?? ((line) => void process.stderr.write(line))
  const threshold = LOG_LEVELS.indexOf(options.level)
  const at = (level: LogLevel) => (message: string, fields?: LogFields) => {
    if (LOG_LEVELS.indexOf(level) < threshold) return
    const line = { time: new Date(clock.now()).toISOString(), level, message, ...options.fields, ...plain(fields) }
    write(`${JSON.stringify(line)}\n`)
  }
  return {
    debug: at("debug"),
    info: at("info"),
    warn: at("warn"),
    error: at("error"),
    with: (fields) => jsonLogger({ ...options, fields: { ...options.fields, ...fields } }),
  }
}

export const silentLogger: Logger = jsonLogger({ level: "error", write: () => {} })

function plain(fields: LogFields | undefined): LogFields {
  if (fields === undefined) return {}
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, plainValue(value)]))
}

function plainValue(value: unknown): unknown {
  if (value instanceof Failure) return { tag: value.tag, message: explain(value), hint: value.hint }
  if (value instanceof Error) return { message: explain(value), stack: value.stack }
  return typeof value === "bigint" ? value.toString() : value
}
