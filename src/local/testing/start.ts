/** `millrace start` with a role that has nothing to do: `node start.ts [--dies]`. What it prepares, it only says. */

import { fileURLToPath } from "node:url"
import { readSettings } from "../../base/config.ts"
import { explain } from "../../base/errors.ts"
import { exitCodeOf } from "../../base/exit.ts"
import { start } from "../start.ts"

const role = fileURLToPath(new URL("./role.ts", import.meta.url))
const args = process.argv.slice(2)
const say = (line: string) => void process.stdout.write(`${line}\n`)

try {
  const code = await start({
    settings: readSettings(process.env),
    environment: process.env,
    roles: [{ name: "echo", command: process.execPath, args: [role, "echo", "--supervised", ...args] }],
    async prepare({ nats }) {
      say(`prepared ${nats}`)
      return async () => {}
    },
    say,
  })
  process.exit(code)
} catch (error) {
  process.stderr.write(`${explain(error)}\n`)
  process.exit(exitCodeOf(error))
}
