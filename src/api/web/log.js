/** Owns: what the streams hold, and how much room is left. Never: calling a number without a limit a share of one. */

import { byId, el, keyed, mark, part, say, slot } from "./dom.js"
import { count, percent, shortCount, size } from "./format.js"

/** @import { DiskStatus, StatusReport, StreamStatus } from "../report.ts" */

const NEARLY_FULL = 0.9
/** In the order of an event's way; others come last, as they came. */
const IN_ORDER = ["INGEST", "SHARDS_", "OUTBOX_", "DEAD", "AUDIT", "KV_"]

/** @param {StreamStatus} stream */
function placeOf({ name }) {
  const place = IN_ORDER.findIndex((start) => name.startsWith(start))
  return place < 0 ? IN_ORDER.length : place
}

/** @param {StatusReport} report */
export function drawStreams({ log }) {
  byId("streams-empty").hidden = log !== null
  byId("streams-table").hidden = log === null
  say(byId("streams-empty"), "The streams cannot be read while the log is away.")
  const streams = (log?.streams ?? []).toSorted((a, b) => placeOf(a) - placeOf(b))
  keyed(byId("streams"), streams, ({ name }) => name, makeStream, updateStream)
  say(byId("disk-note"), log === null || log.disk === null ? "" : diskNote(log.disk))
}

/** @param {DiskStatus} disk */
function diskNote(disk) {
  return `${size(disk.usedBytes)} used of ${size(disk.allowedBytes)} allowed; ${size(disk.freeBytes)} free on the disk`
}

/** @returns {HTMLElement} */
function makeStream() {
  const name = el("th", "", slot("span", "name", "stream-name"), slot("span", "holds", "quiet"))
  name.setAttribute("scope", "row")
  const meter = slot("meter", "meter", "meter")
  const used = el("td", "used", meter, slot("span", "used", "quiet"))
  return el("tr", "", name, slot("td", "messages", "number"), used, slot("td", "range", "number quiet"))
}

/**
 * @param {HTMLElement} row
 * @param {StreamStatus} stream
 */
function updateStream(row, stream) {
  say(part(row, "name"), stream.name)
  say(part(row, "holds"), stream.holds)
  say(part(row, "messages"), shortCount(stream.messages))
  mark(part(row, "messages"), "title", count(stream.messages))
  say(part(row, "range"), stream.messages === 0 ? "–" : `${count(stream.first)} – ${count(stream.last)}`)
  updateMeter(part(row, "meter"), stream)
  say(part(row, "used"), usedText(stream))
}

/** @param {StreamStatus} stream */
function usedText({ bytes, limitBytes }) {
  if (limitBytes === null) return `${size(bytes)}, no limit of its own`
  return `${size(bytes)} of ${size(limitBytes)} · ${percent(bytes, limitBytes)}`
}

/**
 * @param {HTMLElement} meter
 * @param {StreamStatus} stream
 */
function updateMeter(meter, { name, bytes, limitBytes }) {
  if (!(meter instanceof HTMLMeterElement)) return
  meter.hidden = limitBytes === null
  if (limitBytes === null) return
  meter.max = limitBytes
  meter.high = limitBytes * NEARLY_FULL
  meter.optimum = 0
  meter.value = bytes
  mark(meter, "aria-label", `${name}: ${percent(bytes, limitBytes)} used`)
}
