import { createHash } from "node:crypto"
import { expect, test } from "vitest"
import { hashIn, requireHash } from "./archive.ts"

test("a list of hashes is read by exact name", () => {
  const sums =
    "aa  server-v2-linux-amd64.tar.gz.sig\nbb  server-v2-linux-amd64.tar.gz\ncc *server-v2-linux-arm64.tar.gz\n"
  expect(hashIn(sums, "server-v2-linux-amd64.tar.gz")).toBe("bb")
  expect(hashIn(sums, "server-v2-linux-arm64.tar.gz")).toBe("cc")
  expect(hashIn(sums, "server")).toBeUndefined()
})

test("bytes with another hash are refused, with both hashes", () => {
  const hash = createHash("sha256").update("right").digest("hex")
  requireHash("fetching", "file", Buffer.from("right"), "sha256", hash, "hex")
  expect(() => requireHash("fetching", "file", Buffer.from("wrong"), "sha256", hash, "hex")).toThrow(hash)
})
