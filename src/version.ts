/** Owns: the version of this package, as its manifest says. */

import { readFileSync } from "node:fs"

/** One folder up in a clone (src/) and in the package (dist/). */
export function version(): string {
  const manifest: unknown = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"))
  const found =
    typeof manifest === "object" && manifest !== null && "version" in manifest ? manifest.version : undefined
  return typeof found === "string" ? found : "unknown"
}
