import { EXIT } from "../../../base/exit.ts"
import { type Command, JSON_FLAG } from "../command.ts"

export const init: Command = {
  name: "init",
  summary: "a new project: one event, one actor, its test",
  operands: [{ name: "dir", means: "a folder that is empty or not there yet" }],
  flags: {
    package: { takes: "<spec>", means: "what to depend on as millrace: a version, or file:…; default: this version" },
    json: JSON_FLAG,
  },
  examples: [{ says: "then: cd shop && npm install && npm test && npm start", args: "init shop" }],
  async run(invocation) {
    const { initProject } = await import("../init/init.ts")
    const dir = invocation.operand(0)
    const files = await initProject({ dir, millrace: invocation.text("package") ?? invocation.version })
    if (invocation.has("json")) invocation.answer({ dir, files })
    else
      invocation.terminal.out(
        `${files.map((file) => `  ${dir}/${file}`).join("\n")}\n\nNext:\n  cd ${dir}\n  npm install\n  npm test\n  npm start\n`,
      )
    return EXIT.done
  },
}
