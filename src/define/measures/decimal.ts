/**
 * Owns: sums of decimals with a declared scale, as integers of the smallest unit: what money needs.
 * Never: doubles as they are (exact.ts).
 *
 * Each value is rounded to the scale by itself (half away from zero), so the sum does not know the order.
 */

import { type Encoded, unreadable } from "./measure.ts"

const SAFE = BigInt(Number.MAX_SAFE_INTEGER)
/** Beyond it a double has no digits left for a rest, so there is nothing to round. */
const WHOLE_FROM = 2 ** 52

/** The nearest number of units of 10^-scale; 1.005 at scale 2 is 101, as people read it, not 100. */
export function toUnits(value: number, scale: number): number | bigint {
  const units = Math.abs(value) * 10 ** scale
  if (units >= WHOLE_FROM) return textToUnits(value, scale)
  const near = Math.round(units)
  // A tie in decimal may be a little less in binary; its shortest text tells.
  const tie = Math.abs(Math.abs(units - Math.trunc(units)) - 0.5) < units * 2 ** -51
  if (tie) return textToUnits(value, scale)
  return value < 0 ? -near + 0 : near
}

/** Through the shortest text that is this double, the one it was written as. */
function textToUnits(value: number, scale: number): number | bigint {
  const [mantissa = "", exponentText = "0"] = Math.abs(value).toExponential().split("e")
  const digits = mantissa.replace(".", "")
  const move = Number(exponentText) + scale - (digits.length - 1)
  const all = BigInt(digits)
  const units = move >= 0 ? all * 10n ** BigInt(move) : roundedShift(all, -move)
  return smallest(value < 0 ? -units : units)
}

function roundedShift(value: bigint, places: number): bigint {
  const divisor = 10n ** BigInt(places)
  return (value * 2n + divisor) / (divisor * 2n)
}

function smallest(units: bigint): number | bigint {
  return units <= SAFE && units >= -SAFE ? Number(units) : units
}

export class DecimalSum {
  /** A number while safe, else a bigint: one form for one sum. */
  units: number | bigint = 0

  add(units: number | bigint): void {
    if (typeof units === "number" && typeof this.units === "number") {
      const sum = this.units + units
      if (Number.isSafeInteger(sum)) {
        this.units = sum
        return
      }
    }
    this.units = smallest(BigInt(this.units) + BigInt(units))
  }

  /** The nearest double. */
  value(scale: number): number {
    return Number(this.text(scale))
  }

  /** `-0.05`: exact, with every place of the scale. */
  text(scale: number): string {
    const digits = String(this.units)
      .replace("-", "")
      .padStart(scale + 1, "0")
    const sign = this.units < 0 ? "-" : ""
    const cut = digits.length - scale
    return scale === 0 ? sign + digits : `${sign}${digits.slice(0, cut)}.${digits.slice(cut)}`
  }

  encode(): Encoded {
    return typeof this.units === "number" ? this.units : String(this.units)
  }

  static decode(encoded: Encoded): DecimalSum {
    const sum = new DecimalSum()
    if (typeof encoded === "number" && Number.isSafeInteger(encoded)) sum.units = encoded
    else if (typeof encoded === "string" && /^-?\d+$/.test(encoded)) sum.units = BigInt(encoded)
    else throw unreadable("sum")
    return sum
  }
}
