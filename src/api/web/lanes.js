/** Owns: a bar a lane: how much it holds, how fast it grows, how far it is taken. Never: adding lanes up to more than they say. */

import { byId, el, keyed, mark, part, say, slot } from "./dom.js"
import { count, rate, risePerSecond, shortCount, size } from "./format.js"

/** @import { LaneProgress, LaneStatus, StatusReport } from "../report.ts" */

/** @typedef {LaneStatus & { perSecond: number | null, progress: LaneProgress | null }} MovingLane */

/** Averages over the last few looks, so that bars and numbers do not flicker. */
const WEIGHT_OF_NEWEST = 0.4

/** @type {Map<number, number>} */
const smoothed = new Map()

/**
 * @param {StatusReport} report
 * @param {StatusReport | null} before
 * @returns {number | null} messages a second over all lanes
 */
export function drawLanes(report, before) {
  const lanes = movingLanes(report, before)
  const most = Math.max(1, ...lanes.map(({ messages }) => messages))
  const fastest = Math.max(1, ...lanes.map(({ perSecond }) => perSecond ?? 0))
  byId("lanes-empty").hidden = lanes.length > 0
  say(byId("lanes-empty"), "The lanes cannot be read while the log is away.")
  say(byId("lanes-note"), noteOf(report))
  keyed(
    byId("lanes"),
    lanes,
    ({ lane }) => String(lane),
    makeLane,
    (child, lane) => {
      updateLane(child, lane, lane.messages / most, (lane.perSecond ?? 0) / fastest)
    },
  )
  if (lanes.some(({ perSecond }) => perSecond === null)) return null
  return lanes.reduce((sum, { perSecond }) => sum + (perSecond ?? 0), 0)
}

/** @param {StatusReport} report */
function noteOf({ lanes }) {
  const stray = lanes.find((lane) => lane.stray)
  if (stray !== undefined && stray.last > 0)
    return "The stray lane has messages: they were published to no lane’s subject."
  return "One key always lives in one lane."
}

/**
 * @param {StatusReport} report
 * @param {StatusReport | null} before
 * @returns {MovingLane[]}
 */
function movingLanes(report, before) {
  const elapsedMs = before === null ? 0 : Date.parse(report.at) - Date.parse(before.at)
  const earlier = new Map(before?.log?.lanes.map((lane) => [lane.lane, lane.messages]))
  const progress = new Map(report.lanes.map((lane) => [lane.lane, lane]))
  return (report.log?.lanes ?? []).map((lane) => {
    const messages = earlier.get(lane.lane)
    const now = messages === undefined ? null : risePerSecond(messages, lane.messages, elapsedMs)
    return { ...lane, perSecond: smooth(lane.lane, now), progress: progress.get(lane.lane) ?? null }
  })
}

/**
 * @param {number} lane
 * @param {number | null} perSecond
 */
function smooth(lane, perSecond) {
  const kept = smoothed.get(lane)
  if (perSecond === null) return kept ?? null
  const next = kept === undefined ? perSecond : kept + (perSecond - kept) * WEIGHT_OF_NEWEST
  const settled = perSecond === 0 && next < 0.05 ? 0 : next
  smoothed.set(lane, settled)
  return settled
}

/** @returns {HTMLElement} */
function makeLane() {
  const well = el("span", "well", slot("span", "bar", "bar"))
  well.setAttribute("aria-hidden", "true")
  const numbers = el(
    "span",
    "lane-numbers",
    slot("span", "messages", "lane-messages"),
    slot("span", "rate", "lane-rate"),
    slot("span", "lag", "lane-lag"),
  )
  numbers.setAttribute("aria-hidden", "true")
  const name = slot("span", "name", "lane-name")
  name.setAttribute("aria-hidden", "true")
  return el("li", "lane", well, numbers, name, slot("span", "spoken", "spoken"))
}

/**
 * @param {HTMLElement} child
 * @param {MovingLane} lane
 * @param {number} fill
 * @param {number} speed
 */
function updateLane(child, lane, fill, speed) {
  const bar = part(child, "bar")
  bar.style.setProperty("--fill", fill.toFixed(4))
  bar.style.setProperty("--speed", speed.toFixed(3))
  const held = lane.bytes === null ? "" : `, ${size(lane.bytes)}`
  const spoken = `Lane ${lane.lane}: ${count(lane.messages)} messages${held}, ${rate(lane.perSecond)}, newest sequence ${count(lane.last)}${progressText(lane.progress)}`
  mark(child, "data-owned", String(lane.progress === null || lane.progress.owner !== null))
  mark(child, "title", spoken)
  say(part(child, "name"), String(lane.lane))
  say(part(child, "messages"), shortCount(lane.messages))
  say(part(child, "rate"), rate(lane.perSecond))
  say(part(child, "lag"), lagText(lane.progress))
  say(part(child, "spoken"), spoken)
}

/** @param {LaneProgress | null} progress */
function lagText(progress) {
  if (progress === null) return ""
  if (progress.owner === null) return "nobody"
  return progress.lag === 0 ? "no lag" : `lag ${shortCount(progress.lag)}`
}

/** @param {LaneProgress | null} progress */
function progressText(progress) {
  if (progress === null) return ""
  const { taken, lag, owner } = progress
  return `, taken up to ${count(taken)}, lag ${count(lag)}, worked by ${owner ?? "nobody"}`
}
