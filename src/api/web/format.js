/** Owns: how numbers, sizes and times read. Never: the document, or the clock. */

const UNITS = ["B", "KiB", "MiB", "GiB", "TiB"]
const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 0 })
const compact = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 })

/** @param {number} value */
export function count(value) {
  return whole.format(value)
}

/** @param {number} value */
export function shortCount(value) {
  return value < 10_000 ? whole.format(value) : compact.format(value)
}

/** @param {number} bytes */
export function size(bytes) {
  let value = bytes
  let unit = 0
  while (value >= 1024 && unit < UNITS.length - 1) {
    value /= 1024
    unit++
  }
  const digits = unit === 0 || value >= 100 ? 0 : 1
  return `${value.toFixed(digits)} ${UNITS[unit]}`
}

/** @param {number | null} perSecond */
export function rate(perSecond) {
  if (perSecond === null) return "–"
  if (perSecond > 0 && perSecond < 1) return "<1/s"
  return `${shortCount(Math.round(perSecond))}/s`
}

/** @param {number} ms */
export function duration(ms) {
  const seconds = Math.max(0, Math.round(ms / 1000))
  if (seconds < 60) return `${seconds} s`
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h ${Math.floor((seconds % 3600) / 60)} min`
  return `${Math.floor(seconds / 86_400)} d ${Math.floor((seconds % 86_400) / 3600)} h`
}

/** @param {string} iso */
export function clockTime(iso) {
  const date = new Date(iso)
  return Number.isNaN(date.getTime()) ? iso : date.toLocaleTimeString("en-GB")
}

/**
 * A percentage that never says 0 of something, nor 100 of less than all.
 * @param {number} used
 * @param {number} of
 */
export function percent(used, of) {
  if (of <= 0) return "–"
  const share = (used / of) * 100
  if (share > 0 && share < 1) return "<1 %"
  if (share > 99 && share < 100) return ">99 %"
  return `${Math.round(share)} %`
}

/**
 * How fast a counter has risen between two looks; nothing when it cannot be known.
 * @param {number} before
 * @param {number} after
 * @param {number} elapsedMs
 * @returns {number | null}
 */
export function risePerSecond(before, after, elapsedMs) {
  if (elapsedMs <= 0 || after < before) return null
  return ((after - before) * 1000) / elapsedMs
}

/**
 * @param {unknown} data
 * @param {number} most
 */
export function preview(data, most) {
  const text = typeof data === "string" ? data : (JSON.stringify(data) ?? "")
  return text.length <= most ? text : `${text.slice(0, most - 1)}…`
}
