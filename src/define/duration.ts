/** Owns: durations as people write them, and their short names. Never: clocks. */

export type DurationUnit = "second" | "minute" | "hour" | "day"
export type DurationText = `${number} ${DurationUnit}${"" | "s"}`

const MS: Readonly<Record<DurationUnit, number>> = { second: 1_000, minute: 60_000, hour: 3_600_000, day: 86_400_000 }
const SHORT: Readonly<Record<DurationUnit, string>> = { day: "d", hour: "h", minute: "m", second: "s" }
const LARGEST_FIRST: readonly DurationUnit[] = ["day", "hour", "minute", "second"]

export const DURATION_EXPECTED = 'whole seconds as "<number> second(s) | minute(s) | hour(s) | day(s)"'

/** Nothing for what is not a duration of whole seconds: the compiler lets "1.0001 seconds" and "-1 day" through. */
export function parseDuration(text: string): number | undefined {
  const [, digits, unit] = /^(\d+(?:\.\d+)?) (second|minute|hour|day)s?$/.exec(String(text)) ?? []
  if (digits === undefined || !isUnit(unit)) return undefined
  const ms = Number(digits) * MS[unit]
  return Number.isSafeInteger(ms) && ms % MS.second === 0 ? ms : undefined
}

/** `90000` is `90s`, `3600000` is `1h`: the largest unit without a rest. Part of table names. */
export function durationName(ms: number): string {
  const unit = LARGEST_FIRST.find((each) => ms % MS[each] === 0) ?? "second"
  return `${ms / MS[unit]}${SHORT[unit]}`
}

function isUnit(text: string | undefined): text is DurationUnit {
  return text !== undefined && text in MS
}
