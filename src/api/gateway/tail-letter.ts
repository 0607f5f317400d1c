/** Owns: dead letters and late events as people read them. Never: which are asked for (tail-source.ts), or redriving. */

import type { DeadLetter, LateLetter } from "../../streams/frame.ts"
import { decodeLetterMessage } from "../../streams/letters.ts"
import type { Stored } from "../../streams/log.ts"
import { sequenceOf } from "../../streams/place.ts"
import { unpack } from "../../wire/unpack.ts"
import type { TailedLetter } from "../report.ts"
import type { EngineNames } from "./engine-names.ts"
import { iso, isoOrNull, plain } from "./plain.ts"
import type { TailQuery } from "./sources.ts"

type Shared = Pick<TailedLetter, "kind" | "stream" | "sequence" | "arrivedAt" | "shard" | "frame">

/** A message holds the letters of one frame. Throws Malformed. */
export function tailedLetters(names: EngineNames, query: TailQuery, stream: string, stored: Stored): TailedLetter[] {
  const { n, letters } = decodeLetterMessage(stored.body)
  const shard = Number(stored.subject.split(".").at(-1))
  const { sequence, arrivedAt } = stored
  const shared: Shared = { kind: "letter", stream, sequence, arrivedAt: iso(arrivedAt), shard, frame: n }
  const all = [
    ...letters.dead.map((letter) => deadLetter(names, shared, letter)),
    ...letters.late.map((letter) => lateLetter(names, shared, letter)),
  ]
  return all.filter((letter) => {
    const mine = query.tenant === undefined || letter.tenant === query.tenant
    return mine && (query.type === undefined || letter.type === query.type)
  })
}

function deadLetter(names: EngineNames, shared: Shared, letter: DeadLetter): TailedLetter {
  const { tenant, actor, key, type, id, time, lane, place, index, reason, detail, stack } = letter
  return {
    ...{ ...shared, about: "dead", tenant, actor: actor === null ? null : names.actor(actor), key, type, id },
    time: isoOrNull(time),
    position: { lane, sequence: sequenceOf(place), index },
    ...{ reason, detail, stack, data: dataOf(letter) },
  }
}

function lateLetter(names: EngineNames, shared: Shared, letter: LateLetter): TailedLetter {
  const { tenant, actor, key, type, time, stamp, lane, place, index, missed } = letter
  const windows = missed.map(([window, start]) => `${window} of ${iso(start)}`)
  return {
    ...{ ...shared, about: "late", tenant, actor: names.actor(actor), key, type: names.type(actor, type), id: null },
    time: iso(time),
    position: { lane, sequence: sequenceOf(place), index },
    reason: "late",
    detail: `its lane's watermark was ${iso(stamp)}; missed ${windows.join(", ") || "no window"}`,
    ...{ stack: null, data: null },
  }
}

/** What was cut or is no data at all is told as the beginning of its text. */
function dataOf({ encoding, bytes }: DeadLetter): unknown {
  if (encoding !== "json") {
    const unpacked = unpack(bytes)
    return unpacked.tag === "value" ? plain(unpacked.value) : Buffer.from(bytes).toString("base64")
  }
  const text = Buffer.from(bytes).toString("utf8")
  try {
    return JSON.parse(text)
  } catch (error) {
    if (error instanceof SyntaxError) return text
    throw error
  }
}
