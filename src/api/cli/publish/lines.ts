/** Owns: text that comes in pieces, as lines with their numbers. Never: holding more than one line. */

import { Misuse } from "../../../base/errors.ts"
import { PUBLISH_LINE_CHARS_MAX } from "../../../base/limits.ts"

export interface NumberedLine {
  readonly number: number
  readonly text: string
}

/** Empty lines are passed over, and counted. */
export async function* numberedLines(pieces: AsyncIterable<string>): AsyncGenerator<NumberedLine> {
  let number = 0
  let rest = ""
  for await (const piece of pieces) {
    const lines = (rest + piece).split("\n")
    rest = lines.pop() ?? ""
    for (const text of lines) {
      number++
      if (text.trim() !== "") yield { number, text }
    }
    if (rest.length > PUBLISH_LINE_CHARS_MAX) throw tooLong(number + 1)
  }
  if (rest.trim() !== "") yield { number: number + 1, text: rest }
}

function tooLong(number: number): Misuse {
  const reason = `line ${number} is longer than ${PUBLISH_LINE_CHARS_MAX} characters`
  return new Misuse({ operation: "read events", reason, hint: "one event a line, as JSON" })
}
