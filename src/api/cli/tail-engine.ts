/** Owns: frames and letters as a person reads them in a terminal. Never: leaving out that something was left out. */

import type { TailedEmit, TailedFrame, TailedLetter, TailedRow, TailedView } from "../report.ts"
import { preview } from "../web/format.js"

/** Of a view or of the emits; the others are counted, and all of them are in `--json`. */
const SHOWN_MOST = 5
const VALUES_CHARACTERS = 160

/** A head, then a line for each row and emit. */
export function frameText({ arrivedAt, shard, epoch, n, views, emits, late, dead }: TailedFrame): string {
  const rows = views.reduce((sum, view) => sum + view.rows.length, 0)
  const parts = [...some(rows, "rows"), ...some(emits.length, "emits"), ...some(late, "late"), ...some(dead, "dead")]
  const empty = rows + emits.length + late + dead === 0
  const head = `${arrivedAt}  shard ${shard} frame ${n} epoch ${epoch}  ${empty ? "progress alone" : parts.join(", ")}`
  return [head, ...views.flatMap(viewLines), ...atMost(emits.map(emitLine), "emits")].join("\n")
}

const some = (count: number, what: string) => (count === 0 ? [] : [`${count} ${what}`])

function viewLines({ view, rows }: TailedView): string[] {
  return atMost(
    rows.map((row) => `  ${view}  ${rowText(row)}`),
    `rows of ${view}`,
  )
}

function atMost(lines: readonly string[], what: string): string[] {
  const more = lines.length - SHOWN_MOST
  return more <= 0 ? [...lines] : [...lines.slice(0, SHOWN_MOST), `  … ${more} more ${what}`]
}

function rowText({ tenant, key, window, closed, values }: TailedRow): string {
  const span = window === null ? "" : ` [${window[0]}, ${window[1]})`
  const said = values === null ? "is gone" : preview(values, VALUES_CHARACTERS)
  return `${tenant}/${key}${span}${closed ? " closed" : ""}  ${said}`
}

function emitLine({ tenant, type, time, data }: TailedEmit): string {
  return `  emits ${tenant} ${type} at ${time}  ${preview(data, VALUES_CHARACTERS)}`
}

export function letterText(letter: TailedLetter): string {
  const { arrivedAt, about, shard, frame, tenant, actor, key, type, position, reason, detail, data } = letter
  const whose = [tenant ?? "no tenant", type ?? "no type"].join(" ")
  const forWhom = actor === null ? "" : ` for ${actor}${key === null ? "" : ` ${key}`}`
  const at = `at ${position.lane}/${position.sequence}, event ${position.index}`
  const why = about === "late" ? `late: ${detail}` : `${reason}: ${detail}`
  const head = `${arrivedAt}  ${about}  ${whose}${forWhom}  ${at}  (shard ${shard}, frame ${frame})`
  return [head, `  ${why}`, ...(data === null ? [] : [`  ${preview(data, VALUES_CHARACTERS)}`])].join("\n")
}
