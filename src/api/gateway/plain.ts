/** Owns: values of frames and letters as JSON can say them. Never: what they mean. */

const FAR_MS = 8.64e15

/** Beyond what a date can hold: its edge. */
export function iso(timeMs: number): string {
  return new Date(Math.min(FAR_MS, Math.max(-FAR_MS, timeMs))).toISOString()
}

/** Nothing for what is not known yet: a watermark begins below all times. */
export function isoOrNull(timeMs: number | null | undefined): string | null {
  return timeMs === undefined || timeMs === null || !(Math.abs(timeMs) <= FAR_MS) ? null : iso(timeMs)
}

/** JSON has no whole numbers beyond doubles and no bytes: they become text. */
export function plain(value: unknown): unknown {
  if (typeof value === "bigint") return value.toString()
  if (value instanceof Uint8Array) return Buffer.from(value).toString("base64")
  if (Array.isArray(value)) return value.map(plain)
  if (typeof value !== "object" || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, plain(part)]))
}
