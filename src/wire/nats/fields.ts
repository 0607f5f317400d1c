/**
 * Owns: header fields as NATS sends them, written once. Never: what they mean.
 * The client's own headers look through all names for each one that is added; a publisher knows its names are distinct.
 */

import { MsgHdrsImpl } from "@nats-io/transport-node"

/** Header names and values. */
export type Fields = Readonly<Record<string, string>>

const BEGINNING = "NATS/1.0\r\n"
const NAME = /^[!-9;-~]+$/
const LINE_BREAK = /[\r\n]/
const NAMES_KNOWN_MAX = 256

const knownNames = new Set<string>()

class WrittenHeaders extends MsgHdrsImpl {
  readonly #bytes: Uint8Array

  constructor(bytes: Uint8Array) {
    super()
    this.#bytes = bytes
  }

  override encode(): Uint8Array {
    return this.#bytes
  }
}

/** Throws for a name that is no token and a value that would end its line. */
export function writtenHeaders(fields: Fields): MsgHdrsImpl {
  let text = BEGINNING
  for (const name in fields) {
    const value = fields[name]!
    if (!isName(name)) throw new Error(`${JSON.stringify(name)} is no header name`)
    if (LINE_BREAK.test(value)) throw new Error(`the header ${name} has a line break in it`)
    text += `${name}: ${value}\r\n`
  }
  return new WrittenHeaders(Buffer.from(`${text}\r\n`))
}

function isName(name: string): boolean {
  if (knownNames.has(name)) return true
  if (!NAME.test(name)) return false
  if (knownNames.size < NAMES_KNOWN_MAX) knownNames.add(name)
  return true
}
