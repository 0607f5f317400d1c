/** Owns: a tile a shard: who works it, how far it is; and the runners. Never: judging by more than the report says. */

import { byId, el, keyed, mark, part, say, slot } from "./dom.js"
import { count, duration, shortCount } from "./format.js"

/** @import { RunnerStatus, ShardStatus, StatusReport } from "../report.ts" */

/** Out-of-orderness, a tick and a frame are a few seconds; more than this is behind. */
const BEHIND_MS = 15_000
const RUNNERS_SHOWN = 12
const ID_CHARACTERS = 6

/** @param {StatusReport} report */
export function drawShards(report) {
  const { generation, shards, runners } = report
  byId("shards-empty").hidden = shards.length > 0
  say(byId("shards-empty"), `The shards cannot be read: ${report.engineUnknown ?? "no answer yet"}.`)
  say(byId("shards-note"), generation === null ? "" : noteOf(generation))
  keyed(byId("shards"), shards, ({ shard }) => String(shard), makeShard, updateShard)
  byId("runners-empty").hidden = generation === null || runners.length > 0
  keyed(byId("runners"), runners.slice(0, RUNNERS_SHOWN), ({ id }) => id, makeRunner, updateRunner)
  const more = runners.length - RUNNERS_SHOWN
  say(byId("runners-more"), more > 0 ? `and ${more} more` : "")
}

/** @param {NonNullable<StatusReport["generation"]>} generation */
function noteOf({ number, fingerprint }) {
  const code = fingerprint === null ? "not begun yet" : `code ${fingerprint}`
  return `How far watermarks are behind the clock; generation ${number}, ${code}`
}

/** @returns {HTMLElement} */
function makeShard() {
  const head = el("p", "row-head", slot("span", "dot", "dot"), slot("strong", "name"), slot("span", "owner", "quiet"))
  part(head, "dot").setAttribute("aria-hidden", "true")
  return el("li", "tile", head, slot("p", "delay", "tile-main"), slot("p", "lag", "quiet"), slot("p", "chain", "quiet"))
}

/**
 * @param {HTMLElement} child
 * @param {ShardStatus} shard
 */
function updateShard(child, shard) {
  mark(child, "data-state", stateOf(shard))
  say(part(child, "name"), `#${shard.shard}`)
  say(part(child, "owner"), shard.owner === null ? "nobody" : shortId(shard.owner))
  say(part(child, "delay"), delayOf(shard))
  say(part(child, "lag"), shard.lag === 0 ? "no lag" : `lag ${shortCount(shard.lag)}`)
  say(part(child, "chain"), shard.n === 0 ? "no frame yet" : `epoch ${shard.epoch}`)
  mark(child, "title", titleOf(shard))
}

/** @param {ShardStatus} shard */
function stateOf({ owner, watermarkDelayMs, nextDeadline }) {
  if (owner === null) return "bad"
  return nextDeadline !== null && watermarkDelayMs !== null && watermarkDelayMs > BEHIND_MS ? "busy" : "good"
}

/**
 * Where nothing waits for the watermark, it need not move, and its age says nothing.
 * @param {ShardStatus} shard
 */
function delayOf({ watermarkDelayMs, nextDeadline }) {
  if (watermarkDelayMs === null) return "no watermark"
  return nextDeadline === null ? "at rest" : `${duration(watermarkDelayMs)} behind`
}

/** @param {ShardStatus} shard */
function titleOf({ shard, owner, n, last, taken, watermarks, nextDeadline, snapshot }) {
  const stages = watermarks.map((watermark, stage) => `stage ${stage}: ${watermark ?? "none yet"}`)
  const waits = nextDeadline === null ? "nothing waits" : `next closes ${nextDeadline}`
  const at = `taken ${count(taken)} of ${count(last)}, frame ${count(n)}`
  const kept =
    snapshot === null ? "no snapshot" : `snapshot ${duration(snapshot.ageMs)} old, ${count(snapshot.behind)} behind`
  return [`Shard ${shard}, worked by ${owner ?? "nobody"}`, at, `watermarks ${stages.join(", ")}`, waits, kept].join(
    "; ",
  )
}

/** @param {string} id */
function shortId(id) {
  return id.length > ID_CHARACTERS ? `${id.slice(0, ID_CHARACTERS)}…` : id
}

/** @returns {HTMLElement} */
function makeRunner() {
  return el("li", "chip", slot("strong", "id"), slot("span", "holds", "quiet"))
}

/**
 * @param {HTMLElement} child
 * @param {RunnerStatus} runner
 */
function updateRunner(child, { id, lanes, shards, leaving }) {
  mark(child, "title", `Runner ${id}`)
  say(part(child, "id"), shortId(id))
  say(part(child, "holds"), `${lanes} lanes, ${shards} shards${leaving ? ", leaving" : ""}`)
}
