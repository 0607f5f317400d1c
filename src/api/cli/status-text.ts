/** Owns: a status report as a person reads it in a terminal. Never: numbers that are not in it. */

import type { Check, LogReport, RoleStatus, ServerStatus, StatusReport } from "../report.ts"
import { count, duration, percent, size } from "../web/format.js"
import { block } from "./block.ts"
import { engineBlocks } from "./status-engine.ts"

export function statusText(report: StatusReport, gateway: string): string {
  const state = report.ready ? "ready" : "not ready"
  const head = `millrace ${report.millrace} at ${gateway}: ${state}, gateway up ${duration(report.uptimeMs)}`
  const parts = [
    head,
    ...(report.ready ? [] : [block("Checks", report.checks.map(checkRow))]),
    block("Servers", report.servers.map(serverRow)),
    block("Roles", report.roles.map(roleRow)),
    ...engineBlocks(report),
    ...(report.log === null ? ["The log cannot be asked."] : logBlocks(report.log)),
  ]
  return `${parts.filter((part) => part !== "").join("\n\n")}\n`
}

function checkRow({ ok, part, detail, hint }: Check): readonly string[] {
  return [ok ? "ok" : "FAILS", part, hint === undefined ? detail : `${detail} (${hint})`]
}

function serverRow({ name, up, version, address, origin }: ServerStatus): readonly string[] {
  const state = up ? "answers" : "AWAY"
  return [name, address === null ? "not used" : state, version ?? "", address ?? "", origin ?? ""]
}

function roleRow({ name, state, pid, restarts, lastFailure }: RoleStatus): readonly string[] {
  return [name, state, pid === null ? "" : `pid ${pid}`, `${restarts} restarts`, lastFailure ?? ""]
}

function logBlocks({ streams, disk }: LogReport): string[] {
  const streamRows = streams.map(({ name, messages, bytes, limitBytes }) => {
    const used =
      limitBytes === null ? size(bytes) : `${size(bytes)} of ${size(limitBytes)} (${percent(bytes, limitBytes)})`
    return [name, `${count(messages)} messages`, used]
  })
  const left =
    disk === null
      ? ""
      : `Disk: ${size(disk.usedBytes)} used of ${size(disk.allowedBytes)} allowed, ${size(disk.freeBytes)} free`
  return [block("Streams", streamRows), left]
}
