/** Owns: the processes of Millrace, how long they have been up and what went wrong last. Never: starting them. */

import { byId, el, keyed, mark, part, say, slot } from "./dom.js"
import { clockTime, duration } from "./format.js"

/** @import { RoleStatus, StatusReport } from "../report.ts" */

/** @type {Readonly<Record<RoleStatus["state"], "good" | "busy" | "bad">>} */
const LOOKS = { running: "good", starting: "busy", restarting: "busy", stopped: "bad", failed: "bad" }

/** @param {StatusReport} report */
export function drawRoles({ roles, at }) {
  byId("roles-empty").hidden = roles.length > 0
  say(byId("roles-empty"), "Nothing supervises roles here: this gateway was started by itself.")
  keyed(
    byId("roles"),
    roles,
    ({ name }) => name,
    makeRole,
    (child, role) => updateRole(child, role, Date.parse(at)),
  )
}

/** @returns {HTMLElement} */
function makeRole() {
  const head = el("p", "row-head", slot("span", "dot", "dot"), slot("strong", "name"), slot("span", "pid", "quiet"))
  part(head, "dot").setAttribute("aria-hidden", "true")
  return el("li", "row", head, slot("p", "state", "row-state"), slot("p", "detail", "quiet row-detail"))
}

/**
 * @param {HTMLElement} child
 * @param {RoleStatus} role
 * @param {number} nowMs
 */
function updateRole(child, role, nowMs) {
  mark(child, "data-state", LOOKS[role.state])
  say(part(child, "name"), role.name)
  say(part(child, "pid"), role.pid === null ? "" : `pid ${role.pid}`)
  say(part(child, "state"), role.state)
  say(
    part(child, "detail"),
    [since(role, nowMs), restarts(role), role.lastFailure ?? ""].filter((text) => text !== "").join(" · "),
  )
}

/**
 * @param {RoleStatus} role
 * @param {number} nowMs
 */
function since({ since }, nowMs) {
  return since === null ? "" : `for ${duration(nowMs - Date.parse(since))}, since ${clockTime(since)}`
}

/** @param {RoleStatus} role */
function restarts({ restarts }) {
  if (restarts === 0) return "never restarted"
  return restarts === 1 ? "restarted once" : `restarted ${restarts} times`
}
