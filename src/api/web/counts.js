/** Owns: what became of every event and of every delivery, as sums. Never: hiding one that does not add up. */

import { byId, el, keyed, mark, part, say, slot } from "./dom.js"
import { count, percent } from "./format.js"

/** @import { Counts, StatusReport } from "../report.ts" */

/** @typedef {{ name: string, value: number, look: "good" | "quiet" | "busy" | "bad" }} Term */
/** @typedef {{ name: string, says: string, whole: number, addsUp: boolean, terms: Term[] }} Sum */

/** @param {StatusReport} report */
export function drawCounts({ counts, engineUnknown }) {
  byId("counts-empty").hidden = counts !== null
  say(byId("counts-empty"), `The counts cannot be read: ${engineUnknown ?? "no answer yet"}.`)
  say(byId("counts-note"), counts === null ? "" : noteOf(counts))
  keyed(byId("counts"), counts === null ? [] : sumsOf(counts), ({ name }) => name, makeSum, updateSum)
}

/** @param {Counts} counts */
function noteOf({ emitted, closed }) {
  return `${count(closed)} windows closed, ${count(emitted)} events emitted`
}

/**
 * @param {Counts} counts
 * @returns {Sum[]}
 */
function sumsOf({ events, deliveries }) {
  return [
    {
      ...{ name: "accepted", says: "events", whole: events.accepted, addsUp: events.addsUp },
      terms: [
        { name: "routed", value: events.routed, look: "good" },
        { name: "duplicate", value: events.duplicate, look: "quiet" },
        { name: "dead", value: events.dead, look: "bad" },
      ],
    },
    {
      ...{ name: "delivered", says: "records to actors", whole: deliveries.delivered, addsUp: deliveries.addsUp },
      terms: [
        { name: "applied", value: deliveries.applied, look: "good" },
        { name: "late", value: deliveries.late, look: "busy" },
        { name: "dead", value: deliveries.dead, look: "bad" },
      ],
    },
  ]
}

/** @returns {HTMLElement} */
function makeSum() {
  const head = el("p", "sum-head", slot("span", "whole", "sum-whole"), slot("span", "name", "quiet"))
  return el("li", "sum", head, slot("ul", "terms", "terms"), slot("p", "verdict", "quiet"))
}

/**
 * @param {HTMLElement} child
 * @param {Sum} sum
 */
function updateSum(child, { name, says, whole, addsUp, terms }) {
  mark(child, "data-adds-up", String(addsUp))
  say(part(child, "whole"), count(whole))
  say(part(child, "name"), `${says} ${name}`)
  say(part(child, "verdict"), addsUp ? "adds up" : "DOES NOT ADD UP: please report it")
  keyed(
    part(child, "terms"),
    terms,
    (term) => term.name,
    makeTerm,
    (each, term) => updateTerm(each, term, whole),
  )
}

/** @returns {HTMLElement} */
function makeTerm() {
  const line = el("span", "term-line", slot("span", "name"), slot("span", "value", "term-value"))
  const well = el("span", "term-well", slot("span", "bar", "term-bar"))
  well.setAttribute("aria-hidden", "true")
  return el("li", "term", line, well)
}

/**
 * @param {HTMLElement} child
 * @param {Term} term
 * @param {number} whole
 */
function updateTerm(child, { name, value, look }, whole) {
  mark(child, "data-look", value === 0 ? "none" : look)
  say(part(child, "name"), name)
  say(part(child, "value"), count(value))
  mark(child, "title", `${name}: ${count(value)}, ${percent(value, whole)}`)
  part(child, "bar").style.setProperty("--fill", (whole === 0 ? 0 : value / whole).toFixed(4))
}
