/** Owns: the engine's part of a status report as a person reads it in a terminal. Never: numbers that are not in it. */

import type { Counts, LaneProgress, RunnerStatus, ShardStatus, StatusReport } from "../report.ts"
import { count, duration } from "../web/format.js"
import { block } from "./block.ts"

export function engineBlocks(report: StatusReport): string[] {
  const { generation, lanes, shards, runners, counts, engineUnknown } = report
  if (generation === null || counts === null) return [`The engine cannot be read: ${engineUnknown ?? "unknown"}`]
  const begun = generation.fingerprint === null ? "not begun: no runner has come yet" : `code ${generation.fingerprint}`
  return [
    `Generation ${generation.number}, ${generation.shards} shards, ${begun}`,
    runners.length === 0 ? "Runners\n  none: nothing routes or works what arrives" : runnersBlock(runners),
    block("Lanes", lanes.map(laneRow)),
    block("Shards", shards.map(shardRow)),
    countsBlock(counts),
  ]
}

function runnersBlock(runners: readonly RunnerStatus[]): string {
  const rows = runners.map(({ id, leaving, lanes, shards }) => {
    return [id, `${lanes} lanes`, `${shards} shards`, leaving ? "leaving" : ""]
  })
  return block("Runners", rows)
}

function laneRow({ lane, stray, last, taken, lag, owner }: LaneProgress): readonly string[] {
  return [
    stray ? "stray" : `${lane}`,
    `last ${count(last)}`,
    `taken ${count(taken)}`,
    `lag ${count(lag)}`,
    ownedBy(owner),
  ]
}

function shardRow(status: ShardStatus): readonly string[] {
  const { shard, epoch, n, lag, owner, watermarks, watermarkDelayMs, nextDeadline, snapshot } = status
  const [first] = watermarks
  const behind = watermarkDelayMs === null ? "" : ` (${duration(watermarkDelayMs)} behind)`
  const watermark = first === null || first === undefined ? "no watermark yet" : `watermark ${first}${behind}`
  const kept =
    snapshot === null ? "no snapshot" : `snapshot ${duration(snapshot.ageMs)} old, ${count(snapshot.behind)} behind`
  const waits = nextDeadline === null ? "nothing waits for it" : `next closes ${nextDeadline}`
  return [
    `${shard}`,
    `epoch ${epoch}`,
    `frame ${count(n)}`,
    `lag ${count(lag)}`,
    ownedBy(owner),
    kept,
    watermark,
    waits,
  ]
}

const ownedBy = (owner: string | null) => (owner === null ? "NOBODY" : owner)

function countsBlock({ events, deliveries, emitted, closed }: Counts): string {
  const of = `${sum(events.addsUp, count(events.accepted))} ${count(events.routed)} routed + ${count(events.duplicate)} duplicate + ${count(events.dead)} dead`
  const to = `${sum(deliveries.addsUp, count(deliveries.delivered))} ${count(deliveries.applied)} applied + ${count(deliveries.late)} late + ${count(deliveries.dead)} dead`
  return block("Counts", [
    ["accepted", of],
    ["delivered", to],
    ["emitted", count(emitted)],
    ["windows closed", count(closed)],
  ])
}

const sum = (addsUp: boolean, whole: string) => (addsUp ? `${whole} =` : `${whole} IS NOT`)
