/** Owns: how fast the log grew, over the last two minutes of looking. Never: the time before the page was opened. */

import { byId, mark, say } from "./dom.js"
import { rate } from "./format.js"

const SAMPLES = 120
const HEIGHT = 40
const HEADROOM = 1.15

/** @type {number[]} */
const seen = []

/** @param {number | null} perSecond */
export function drawSpark(perSecond) {
  if (perSecond === null) return say(byId("spark-note"), "The rate is not known yet")
  seen.push(perSecond)
  if (seen.length > SAMPLES) seen.shift()
  const most = Math.max(...seen)
  const line = pathOf(seen, Math.max(1, most * HEADROOM))
  mark(byId("spark-line"), "d", line)
  mark(byId("spark-area"), "d", `${line}L${SAMPLES} ${HEIGHT}L${SAMPLES - seen.length + 1} ${HEIGHT}Z`)
  say(byId("spark-note"), `${rate(perSecond)} now, ${rate(most)} at most in the last two minutes`)
}

/**
 * The newest at the right edge.
 * @param {readonly number[]} values
 * @param {number} top
 */
function pathOf(values, top) {
  const points = values.map((value, index) => {
    return `${SAMPLES - values.length + 1 + index} ${(HEIGHT - (value / top) * HEIGHT).toFixed(2)}`
  })
  return `M${points.join("L")}`
}
