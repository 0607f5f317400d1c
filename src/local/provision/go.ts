/** Owns: how the go tool is run, whatever the person's own settings are. Never: what it builds. */

import type { Environment } from "../../base/config.ts"

/** Without C, so that no compiler is needed and the program runs on any libc. */
export function goEnvironment(): Environment {
  return { CGO_ENABLED: "0", GOWORK: "off", GOFLAGS: "-buildvcs=false" }
}
