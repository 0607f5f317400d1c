/**
 * Owns: the newest events, as they arrive. Never: all of them: what was passed over is counted, and said.
 *
 * The list changes at most twice a second; while it is paused, or somebody has its text selected, it holds still.
 */

import { byId, el, keyed, mark, part, say, slot } from "./dom.js"
import { clockTime, count, preview } from "./format.js"

/** @import { TailedEvent } from "../report.ts" */

const SHOWN_MOST = 14
const DRAW_EVERY_MS = 500
const PREVIEW_CHARACTERS = 240
const NOT_CONNECTED = "Not connected to the stream of events; trying again."
const NO_EVENTS = "No events yet. “What to do next” has a command that publishes one."
const CONNECT_AGAIN_MS = 3000

/** @type {TailedEvent[]} */
let newest = []
let passedOver = 0
let paused = false
/** Why nothing may be arriving; empty while all is well. */
let trouble = ""

export function followEvents() {
  const button = byId("events-pause")
  button.addEventListener("click", () => {
    paused = !paused
    mark(button, "aria-pressed", String(paused))
    say(button, paused ? "Go on" : "Pause")
    drawNote()
  })
  connect()
  setInterval(draw, DRAW_EVERY_MS)
}

/** The browser connects again by itself when a connection breaks, but not when the gateway refused it. */
function connect() {
  const source = new EventSource("/admin/tail?newest=true")
  source.addEventListener("message", ({ data }) => {
    trouble = ""
    take(JSON.parse(data))
  })
  source.addEventListener("here", () => {
    trouble = ""
  })
  source.addEventListener("skipped", ({ data }) => {
    passedOver += JSON.parse(data).skipped
  })
  source.addEventListener("open", () => {
    if (trouble === NOT_CONNECTED) trouble = ""
  })
  source.addEventListener("problem", ({ data }) => {
    trouble = `Events cannot be followed right now: ${JSON.parse(data).problem.detail}`
  })
  source.addEventListener("error", () => {
    if (trouble === "") trouble = NOT_CONNECTED
    if (source.readyState === EventSource.CLOSED) setTimeout(connect, CONNECT_AGAIN_MS)
  })
}

/** @param {TailedEvent} event */
function take(event) {
  if (paused || newest.some((known) => keyOf(known) === keyOf(event))) return
  newest = [event, ...newest].slice(0, SHOWN_MOST)
}

function draw() {
  drawNote()
  if (paused || document.hidden || isSelecting()) return
  byId("events-empty").hidden = newest.length > 0
  keyed(byId("events"), newest, keyOf, makeEvent, updateEvent)
}

function drawNote() {
  say(byId("events-empty"), trouble === "" ? NO_EVENTS : "")
  if (trouble !== "") return say(byId("events-note"), trouble)
  const over = passedOver === 0 ? "" : `${count(passedOver)} more passed by too fast to show.`
  say(byId("events-note"), paused ? "Paused: what arrives now is not shown." : over)
}

function isSelecting() {
  const selection = document.getSelection()
  return selection !== null && !selection.isCollapsed && byId("events").contains(selection.anchorNode)
}

/** @param {TailedEvent} event */
function keyOf({ stream, sequence, index }) {
  return `${stream}.${sequence}.${index}`
}

/** @returns {HTMLElement} */
function makeEvent() {
  const head = el(
    "p",
    "event-head",
    slot("time", "time", "quiet"),
    slot("strong", "type"),
    slot("span", "key", "event-key"),
  )
  return el("li", "event", head, slot("p", "data", "event-data"))
}

/**
 * @param {HTMLElement} child
 * @param {TailedEvent} event
 */
function updateEvent(child, event) {
  mark(child, "data-refused", String(event.refused !== null))
  say(part(child, "time"), clockTime(event.arrivedAt))
  say(part(child, "type"), event.type)
  say(part(child, "key"), [event.tenant, event.key].filter((text) => text !== null).join(" / "))
  say(part(child, "data"), event.refused ?? preview(event.data, PREVIEW_CHARACTERS))
}
