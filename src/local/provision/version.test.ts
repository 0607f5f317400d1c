import { describe, expect, test } from "vitest"
import { isAtLeast, versionIn } from "./version.ts"

describe("reading versions", () => {
  test("each server's own way of printing its version is understood", () => {
    expect(versionIn("nats-server: v2.15.2\n")).toBe("2.15.2")
    expect(versionIn("postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)\n")).toBe("15.18")
    expect(versionIn("postgres (PostgreSQL) 18beta1\n")).toBe("18")
    expect(versionIn('db version v8.2.6\nBuild Info: {\n    "version": "8.2.6"')).toBe("8.2.6")
    expect(versionIn("ferretdb v2.7.0\n")).toBe("2.7.0")
  })

  test("a text without a version gives none", () => {
    expect(versionIn("error while loading shared libraries")).toBeUndefined()
  })

  test("versions compare by number, not by text", () => {
    expect(isAtLeast("2.15.1", "2.14")).toBe(true)
    expect(isAtLeast("2.9.10", "2.14")).toBe(false)
    expect(isAtLeast("18", "18")).toBe(true)
    expect(isAtLeast("15.18", "18")).toBe(false)
    expect(isAtLeast("2", "2.0.0")).toBe(true)
  })
})
