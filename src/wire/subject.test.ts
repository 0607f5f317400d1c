import fc from "fast-check"
import { describe, expect, it } from "vitest"
import * as subject from "./subject.ts"

const keys = fc.oneof(
  fc.string({ unit: "grapheme", minLength: 1, maxLength: 40 }),
  fc.string({ unit: "binary-ascii", minLength: 1, maxLength: 40 }),
  fc.constantFrom("*", ">", ".", "%", " ", "a.b", "%2E", "\u0085", "\u007f", "ann@example.com", "/a b.html"),
)

describe("a key's token", () => {
  it("gives the key back, whatever the key", () => {
    fc.assert(
      fc.property(keys, (key) => {
        expect(subject.decodeKey(subject.encodeKey(key))).toBe(key)
      }),
    )
  })

  it("has nothing in it that means something in a subject", () => {
    fc.assert(
      fc.property(keys, (key) => {
        expect(subject.encodeKey(key)).toMatch(/^[^\p{Cc} .*>]+$/u)
      }),
    )
  })

  it("differs for different keys", () => {
    fc.assert(
      fc.property(keys, keys, (one, other) => {
        expect(subject.encodeKey(one) === subject.encodeKey(other)).toBe(one === other)
      }),
    )
  })

  it("encodes what the contract names, and leaves the rest readable", () => {
    expect(subject.encodeKey("ann@example.com")).toBe("ann@example%2Ecom")
    expect(subject.encodeKey("/a b.html")).toBe("/a%20b%2Ehtml")
    expect(subject.encodeKey("*>%")).toBe("%2A%3E%25")
    expect(subject.encodeKey("größe-✓")).toBe("größe-✓")
  })

  it("is read also where more was encoded than need be, and not where the encoding is broken", () => {
    expect(subject.decodeKey("%61%C3%B6")).toBe("aö")
    expect(subject.decodeKey("%zz")).toBeUndefined()
    expect(subject.decodeKey("%C3")).toBeUndefined()
  })

  it("is refused for keys that are empty, too long or no Unicode", () => {
    expect(subject.whyBadKey("")).toContain("empty")
    expect(subject.whyBadKey("x".repeat(512))).toBeUndefined()
    expect(subject.whyBadKey("x".repeat(513))).toContain("longer")
    expect(subject.whyBadKey(".".repeat(171))).toContain("longer")
    expect(subject.whyBadKey("\ud800")).toContain("Unicode")
    expect(subject.whyBadKey(7)).toContain("string")
  })
})

describe("a tenant's or type's name", () => {
  it("has 1 to 64 plain characters", () => {
    expect(subject.whyBadName("tenant", "acme-1_X")).toBeUndefined()
    expect(subject.whyBadName("tenant", "a".repeat(64))).toBeUndefined()
    for (const bad of ["", "a".repeat(65), "a.b", "a b", "ä", "*", "a\n", undefined, 1]) {
      expect(subject.whyBadName("tenant", bad)).toContain("the tenant")
    }
  })

  it("may begin with _ for a tenant, but not for a type", () => {
    expect(subject.whyBadName("tenant", "_a")).toBeUndefined()
    expect(subject.whyBadName("type", "_batch")).toContain("reserved")
  })
})

describe("subjects", () => {
  it("are read as they were built", () => {
    expect(subject.parseIngest(subject.eventSubject("acme", "post_liked", "p%2E1"))).toEqual({
      tag: "event",
      tenant: "acme",
      type: "post_liked",
      keyToken: "p%2E1",
    })
    expect(subject.parseIngest(subject.batchSubject("acme", "3f"))).toEqual({
      tag: "batch",
      tenant: "acme",
      selector: "3f",
    })
    expect(subject.parseStored(subject.storedSubject(15, "acme", "post_liked"))).toEqual({
      tag: "event",
      lane: 15,
      tenant: "acme",
      type: "post_liked",
    })
    expect(subject.parseStored(subject.storedSubject(0, "acme", subject.BATCH_TYPE))).toEqual({
      tag: "batch",
      lane: 0,
      tenant: "acme",
    })
    expect(subject.parseStored(subject.tickSubject(7))).toEqual({ tag: "tick", lane: 7 })
  })

  it("that the transform left alone are strays", () => {
    for (const stray of ["ingest.a.b", "ingest.a.b.c.d", "ingest.a.b.*"]) {
      expect(subject.parseStored(stray)).toEqual({ tag: "stray" })
    }
  })

  it("of nobody's are not read", () => {
    for (const other of ["log.16.a.b", "log.x.a.b", "log.1", "log.1.a", "log.1.a.b.c", "shard.1.2", ""]) {
      expect(subject.parseStored(other)).toBeUndefined()
    }
    for (const other of ["ingest.a.b", "ingest.a.b.c.d", "ingest.a._x.c", "ingest..b.c", "log.1.a.b", "ingest.a.b."]) {
      expect(subject.parseIngest(other)).toBeUndefined()
    }
  })
})
