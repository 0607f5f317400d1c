import fc from "fast-check"
import { count } from "./count.ts"
import { distinct } from "./distinct.ts"
import { first, last } from "./ends.ts"
import { max, min } from "./extremes.ts"
import { mean } from "./mean.ts"
import { measureContract } from "./measure.contract.ts"
import { percentiles } from "./percentiles.ts"
import { topApproximate } from "./space-saving.ts"
import { decimalSum, exactSum } from "./sum.ts"
import { firstAt, lastAt } from "./times.ts"
import { topExact } from "./top.ts"

const double = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.integer().map((n) => n / 100),
  fc.constantFrom(0, -0, 0.1, -0.1, 5e-324, -5e-324, 2 ** 53, -(2 ** 53), 1e308, -1e308, 1e-300),
  fc.maxSafeInteger(),
)
const money = fc.oneof(
  fc.integer({ min: -1_000_000, max: 1_000_000 }).map((n) => n / 1000),
  fc.double({ noNaN: true, min: -1e20, max: 1e20 }),
)
const few = fc.constantFrom("a", "b", "c", "d", "e", "f", "g", "h")
const weighted = fc.tuple(few, fc.integer({ min: 0, max: 5 }))

measureContract({ name: "count", type: count, raw: fc.constant(true) })
measureContract({ name: "sum of doubles", type: exactSum, raw: double })
measureContract({ name: "sum of decimals", type: decimalSum(2), raw: money })
measureContract({ name: "mean", type: mean, raw: double })
measureContract({ name: "min", type: min, raw: double })
measureContract({ name: "max", type: max, raw: double })
measureContract({ name: "first", type: first, raw: fc.jsonValue() })
measureContract({ name: "last", type: last, raw: fc.jsonValue() })
measureContract({ name: "firstAt", type: firstAt, raw: fc.constant(true) })
measureContract({ name: "lastAt", type: lastAt, raw: fc.constant(true) })
measureContract({ name: "distinct, few values", type: distinct, raw: few })
measureContract({
  name: "distinct, as a list, table and all registers",
  type: distinct,
  raw: fc.nat(100_000),
  inputsMax: 300,
})
measureContract({ name: "percentiles", type: percentiles, raw: double, inputsMax: 60 })
measureContract({ name: "top, complete counts", type: topExact(3), raw: weighted })
measureContract({ name: "top, SpaceSaving with room", type: topApproximate(3), raw: weighted, inputsMax: 60 })
measureContract({ name: "top, SpaceSaving without", type: topApproximate(3, 4), raw: weighted, inputsMax: 60 })
