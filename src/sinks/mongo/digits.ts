/** Owns: decimal numbers without an exponent, as Postgres writes them. Never: rounding. */

const FORM = /^(-?)(\d+)(?:\.(\d+))?(?:E([-+]?\d+))?$/

/** `1.20E+3` is `1200`, `1E-7` is `0.0000001`. What is no number of digits (`NaN`, `Infinity`) stays as it is. */
export function plainDigits(text: string): string {
  const [, sign, whole, fraction = "", exponent = "0"] = FORM.exec(text) ?? []
  if (sign === undefined || whole === undefined) return text
  const digits = `${whole}${fraction}`
  const point = whole.length + Number(exponent)
  if (point >= digits.length) return `${sign}${trimmed(digits.padEnd(point, "0"))}`
  const padded = digits.padStart(digits.length + Math.max(0, 1 - point), "0")
  const at = Math.max(point, 1)
  return `${sign}${trimmed(padded.slice(0, at))}.${padded.slice(at)}`
}

function trimmed(whole: string): string {
  return whole.replace(/^0+(?=\d)/, "")
}
