import { Decimal128 } from "mongodb"
import { expect, test } from "vitest"
import { plainDigits } from "./digits.ts"

test.for([
  ["1.20E+3", "1200"],
  ["1.2345E+2", "123.45"],
  ["-1E-7", "-0.0000001"],
  ["12E-1", "1.2"],
  ["0E+3", "0"],
  ["0.00", "0.00"],
  ["-0", "-0"],
  ["12345678901234567.89", "12345678901234567.89"],
  ["1E+6", "1000000"],
  ["Infinity", "Infinity"],
  ["NaN", "NaN"],
] as const)("%s is %s without an exponent", ([given, expected]) => {
  expect(plainDigits(given)).toBe(expected)
})

test("what a Decimal128 says of plain digits are the same digits again", () => {
  for (const digits of ["0.0000001", "0.000000000000000000012", "1000000000000000000000", "-3.10", "0"]) {
    expect(plainDigits(Decimal128.fromString(digits).toString())).toBe(digits)
  }
})
