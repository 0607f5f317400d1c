/** Owns: one `hello` in MongoDB's wire protocol, to know that a server answers. Never: documents of ours. */

import { exchange, type Probe } from "./readiness.ts"

const OP_MSG = 2013
const HEADER_BYTES = 16
const INT32 = 0x10
const STRING = 0x02

export function mongoProbe(port: number): Probe {
  return async () => {
    const reply = await exchange(port, { request: hello(), read: wholeMessage })
    // {…, ok: 1.0}: the type byte of a double, the name, and the eight bytes of one.
    const ok = Buffer.concat([Buffer.from("\x01ok\0", "latin1"), double(1)])
    if (!reply.includes(ok)) throw new Error("it does not answer hello with ok")
  }
}

function hello(): Buffer {
  const elements = Buffer.concat([
    Buffer.from([INT32]),
    Buffer.from("hello\0"),
    int32(1),
    Buffer.from([STRING]),
    Buffer.from("$db\0"),
    int32("admin\0".length),
    Buffer.from("admin\0"),
  ])
  const document = Buffer.concat([int32(elements.length + 5), elements, Buffer.from([0])])
  const section = Buffer.concat([int32(0), Buffer.from([0]), document])
  return Buffer.concat([int32(HEADER_BYTES + section.length), int32(1), int32(0), int32(OP_MSG), section])
}

function wholeMessage(received: Buffer): Buffer | undefined {
  return received.length >= 4 && received.length >= received.readInt32LE(0) ? received : undefined
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeInt32LE(value)
  return bytes
}

function double(value: number): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeDoubleLE(value)
  return bytes
}
