/** Owns: the page as a whole: what is drawn when, and saying how true it still is. Never: numbers of its own. */

import { followStatus } from "./connection.js"
import { drawCounts } from "./counts.js"
import { byId, el, keyed, mark, say } from "./dom.js"
import { followEvents } from "./events.js"
import { clockTime, duration } from "./format.js"
import { drawLanes } from "./lanes.js"
import { drawStreams } from "./log.js"
import { drawPicture } from "./picture.js"
import { drawRoles } from "./roles.js"
import { drawServers } from "./servers.js"
import { drawShards } from "./shards.js"
import { drawSpark } from "./spark.js"
import { drawSteps } from "./steps.js"
import { startTheme } from "./theme.js"

/** @import { Connection } from "./connection.js" */
/** @import { Check, StatusReport } from "../report.ts" */

startTheme()
drawSteps()
followEvents()
followStatus(draw)

/** @param {Connection} connection */
function draw(connection) {
  if (connection.kind === "live") drawReport(connection.report, connection.before)
  if (connection.kind === "away") drawAway(connection.report, connection.sinceMs, connection.reason)
}

/**
 * @param {StatusReport} report
 * @param {StatusReport | null} before
 */
function drawReport(report, before) {
  const logRate = drawLanes(report, before)
  drawPicture(report, before, logRate)
  drawSpark(report.log === null ? null : logRate)
  drawShards(report)
  drawCounts(report)
  drawStreams(report)
  drawServers(report)
  drawRoles(report)
  say(byId("build"), `version ${report.millrace} · up ${duration(report.uptimeMs)}`)
  mark(byId("main"), "data-fresh", "live")
  if (report.ready) drawState("live", "Live", null, [])
  else drawState("unready", "Not ready", "Millrace is up, but not ready for traffic.", failing(report.checks))
}

/** @param {readonly Check[]} checks */
function failing(checks) {
  return checks.filter(({ ok }) => !ok).map(({ part, detail, hint }) => `${part}: ${detail}${hint ? `. ${hint}` : ""}`)
}

/**
 * @param {StatusReport | null} report
 * @param {number} sinceMs
 * @param {string} reason
 */
function drawAway(report, sinceMs, reason) {
  const seen =
    report === null
      ? "Nothing has been read from it yet."
      : `What you see is from ${clockTime(report.at)}, ${duration(sinceMs)} ago.`
  mark(byId("main"), "data-fresh", report === null ? "waiting" : "stale")
  drawState("away", "Away", `The gateway is away: ${reason}.`, [
    seen,
    "This page asks again every second and goes on by itself. If it stays away, run npm start (or npx millrace start).",
  ])
}

/**
 * @param {string} state
 * @param {string} text
 * @param {string | null} title
 * @param {readonly string[]} lines
 */
function drawState(state, text, title, lines) {
  const pill = byId("state")
  if (pill.dataset.state !== state) say(byId("announce"), title ?? "The gateway answers; everything is ready.")
  mark(pill, "data-state", state)
  say(byId("state-text"), text)
  const banner = byId("banner")
  banner.hidden = title === null
  mark(banner, "data-kind", state)
  say(byId("banner-title"), title ?? "")
  keyed(
    byId("banner-list"),
    lines,
    (line) => String(lines.indexOf(line)),
    () => el("li", ""),
    say,
  )
  document.title = state === "live" ? "Millrace" : `${text} · Millrace`
}
