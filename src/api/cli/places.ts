/**
 * Owns: where the running Millrace is: by the environment, else by services.json of MILLRACE_DIR.
 * Never: reaching it.
 */

import type { Environment } from "../../base/config.ts"
import { readSettings } from "../../base/config.ts"
import { Unreachable } from "../../base/errors.ts"
import { readServices } from "../../local/run-folder.ts"

export const HOW_TO_REACH = "start it with npm start (or npx millrace start)"

/** The gateway's URL. A port that somebody named is taken at their word; else what runs on the folder, else 4000. */
export function gatewayUrl(environment: Environment): string {
  const { dir, httpHost, httpPort } = readSettings(environment)
  const usual = `http://${httpHost.includes(":") ? `[${httpHost}]` : httpHost}:${httpPort.port}`
  if (httpPort.asked && httpPort.port !== 0) return usual
  return readServices(dir)?.http ?? usual
}

export function natsUrl(environment: Environment, operation: string): string {
  const settings = readSettings(environment)
  const url = settings.natsUrl ?? readServices(settings.dir)?.nats
  if (url !== undefined) return url
  const hint = `${HOW_TO_REACH}, or set MILLRACE_NATS_URL`
  throw new Unreachable({ operation, reason: `no NATS server is known: nothing runs on ${settings.dir}`, hint })
}
