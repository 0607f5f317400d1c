import { describe, expect, test } from "vitest"
import { DUPLICATE_WINDOW_MS } from "../../base/limits.ts"
import type { Stored } from "../../streams/log.ts"
import { laneOf } from "../../wire/lane.ts"
import { encodeKey } from "../../wire/subject.ts"
import { Ledger, type Told } from "./ledger.ts"
import { laneByHand } from "./places.ts"
import { PROMISES, recount } from "./recount.ts"

const KEY = "p1"
const LANE = laneByHand("acme", KEY)

function stored(
  sequence: number,
  number: number,
  more: { id?: string; lane?: number; arrivedAt?: number } = {},
): Stored {
  const { id = `id-${number}`, lane = LANE, arrivedAt = sequence } = more
  return {
    sequence,
    subject: `log.${lane}.acme.liked`,
    arrivedAt,
    headers: { "Millrace-Id": id },
    body: new TextEncoder().encode(JSON.stringify({ number })),
  }
}

/** A ledger in which each event was told so. */
function ledgerOf(...told: readonly Told[]): Ledger {
  const ledger = new Ledger()
  for (const each of told) {
    const publication = ledger.open({ client: "c1", tenant: "acme", type: "liked", key: KEY })
    if (each !== "nothing") ledger.tell(publication, each)
  }
  return ledger
}

const broken = (ledger: Ledger, messages: readonly Stored[]) =>
  recount(ledger, messages).map(({ invariant }) => invariant)

describe("the recount", () => {
  test("finds nothing where everything is as it was told", () => {
    const ledger = ledgerOf("acknowledged", "unknown", "refused", "unknown", "nothing")
    expect(broken(ledger, [stored(1, 0), stored(2, 1), stored(3, 4)])).toEqual([])
  })

  test.for<[string, Told[], Stored[], string]>([
    ["an acknowledged event that is not there", ["acknowledged"], [], PROMISES.once],
    ["an acknowledged event that is there twice", ["acknowledged"], [stored(1, 0), stored(2, 0)], PROMISES.once],
    ["a refused event that is there", ["refused"], [stored(1, 0)], PROMISES.never],
    ["an unknown event that is there twice", ["unknown"], [stored(1, 0), stored(2, 0)], PROMISES.atMostOnce],
    ["two in the wrong order", ["acknowledged", "acknowledged"], [stored(1, 1), stored(2, 0)], PROMISES.order],
    ["one in another lane", ["acknowledged"], [stored(1, 0, { lane: (LANE + 1) % 16 })], PROMISES.lane],
    ["one that nobody published", [], [stored(1, 0)], PROMISES.known],
  ])("names %s", ([, told, messages, promise]) => {
    expect(broken(ledgerOf(...told), messages)).toEqual([promise])
  })

  test("lets a copy be that the stream could not know and the router will drop, and no other", () => {
    const first = stored(1, 0, { arrivedAt: 0 })
    const again = (arrivedAt: number, id = "id-0") => [first, stored(2, 0, { arrivedAt, id })]
    expect(broken(ledgerOf("acknowledged"), again(DUPLICATE_WINDOW_MS))).toEqual([])
    expect(broken(ledgerOf("acknowledged"), again(DUPLICATE_WINDOW_MS - 1))).toEqual([PROMISES.once])
    expect(broken(ledgerOf("acknowledged"), again(DUPLICATE_WINDOW_MS, "another id"))).toEqual([PROMISES.once])
    expect(broken(ledgerOf("acknowledged"), again(600_001))).toEqual([PROMISES.once])
  })

  test("names an acknowledgement that points elsewhere", () => {
    const ledger = ledgerOf("nothing")
    ledger.tell(ledger.get(0)!, "acknowledged", { lane: LANE, sequence: 2 })
    expect(broken(ledger, [stored(1, 0)])).toEqual([PROMISES.position])
  })

  test("has the same idea of lanes as the wire, by other means", () => {
    for (const key of ["p1", "a.b", "50% off", "ü*ß>", "日本", "a b"]) {
      expect(laneByHand("acme", key)).toBe(laneOf("acme", encodeKey(key)))
    }
  })
})
