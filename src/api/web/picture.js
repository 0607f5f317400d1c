/** Owns: log → actors → outbox → sinks, as it is now. Never: guessing; what is not there is said not to be there. */

import { byId, el, keyed, mark, part, say, slot } from "./dom.js"
import { rate, risePerSecond, shortCount } from "./format.js"

/** @import { RoleStatus, StatusReport } from "../report.ts" */

/** @typedef {{ name: string, does: string, main: string, sub: string, state: "moving" | "still" | "absent" | "failing" }} Stage */

/**
 * @param {StatusReport} report
 * @param {StatusReport | null} before
 * @param {number | null} logRate
 */
export function drawPicture(report, before, logRate) {
  const stages = [logStage(report, logRate), actorsStage(report, before), outboxStage(report), sinksStage(report)]
  const flowing = (/** @type {number} */ index) =>
    stages.slice(index, index + 2).every(({ state }) => state === "moving")
  keyed(
    byId("picture"),
    stages,
    (stage) => stage.name,
    makeStage,
    (child, stage) => {
      updateStage(child, stage)
      mark(child, "data-flowing", String(flowing(stages.indexOf(stage))))
    },
  )
}

/** @returns {HTMLElement} */
function makeStage() {
  const body = el("div", "stage-body", slot("h3", "name"), slot("p", "main", "stage-main"), slot("p", "sub", "quiet"))
  return el("li", "stage", body, slot("p", "does", "stage-does"))
}

/**
 * @param {HTMLElement} child
 * @param {Stage} stage
 */
function updateStage(child, stage) {
  mark(child, "data-state", stage.state)
  say(part(child, "name"), stage.name)
  say(part(child, "does"), stage.does)
  say(part(child, "main"), stage.main)
  say(part(child, "sub"), stage.sub)
}

/**
 * @param {StatusReport} report
 * @param {number | null} logRate
 * @returns {Stage}
 */
function logStage({ log }, logRate) {
  const shared = { name: "Log", does: "what happened, in order" }
  if (log === null) return { ...shared, main: "unknown", sub: "it cannot be asked", state: "failing" }
  const messages = log.lanes.reduce((sum, lane) => sum + lane.messages, 0)
  const state = logRate !== null && logRate > 0 ? "moving" : "still"
  return { ...shared, main: shortCount(messages), sub: `messages · ${rate(logRate)}`, state }
}

/**
 * @param {StatusReport} report
 * @param {StatusReport | null} before
 * @returns {Stage}
 */
function actorsStage({ at, counts, runners, shards }, before) {
  const shared = { name: "Actors", does: "keyed state, in windows" }
  if (counts === null) return { ...shared, main: "unknown", sub: "they cannot be read", state: "failing" }
  if (runners.length === 0) return { ...shared, main: "not running", sub: "no runner is here", state: "absent" }
  const { applied } = counts.deliveries
  const earlier = before?.counts?.deliveries.applied
  const perSecond =
    earlier === undefined ? null : risePerSecond(earlier, applied, Date.parse(at) - Date.parse(before?.at ?? at))
  const orphaned = shards.filter(({ owner }) => owner === null).length
  if (orphaned > 0)
    return { ...shared, main: shortCount(applied), sub: `${orphaned} shards without a runner`, state: "failing" }
  const state = perSecond !== null && perSecond > 0 ? "moving" : "still"
  return { ...shared, main: shortCount(applied), sub: `applied · ${rate(perSecond)}`, state }
}

/**
 * @param {StatusReport} report
 * @returns {Stage}
 */
function outboxStage({ log }) {
  const shared = { name: "Outbox", does: "committed frames" }
  if (log === null) return { ...shared, main: "unknown", sub: "it cannot be asked", state: "failing" }
  const outboxes = log.streams.filter(({ name }) => name.startsWith("OUTBOX"))
  const frames = outboxes.reduce((sum, stream) => sum + stream.messages, 0)
  if (frames === 0) return { ...shared, main: "empty", sub: "no frame yet", state: "absent" }
  return { ...shared, main: shortCount(frames), sub: "frames", state: "moving" }
}

/**
 * @param {StatusReport} report
 * @returns {Stage}
 */
function sinksStage({ roles }) {
  const shared = { name: "Sinks", does: "views to query" }
  return { ...shared, ...stageOfRoles(roles, "projector", "no projector is here") }
}

/**
 * @param {readonly RoleStatus[]} roles
 * @param {string} kind
 * @param {string} absent
 * @returns {{ main: string, sub: string, state: Stage["state"] }}
 */
function stageOfRoles(roles, kind, absent) {
  const mine = roles.filter(({ name }) => name.startsWith(kind))
  const running = mine.filter(({ state }) => state === "running").length
  if (mine.length === 0) return { main: "not running", sub: absent, state: "absent" }
  const sub = `${kind}${mine.length === 1 ? "" : "s"} running`
  return { main: `${running} of ${mine.length}`, sub, state: running === mine.length ? "moving" : "failing" }
}
