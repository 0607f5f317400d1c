import { ACTORS_FLAG, type Command, JSON_FLAG } from "../command.ts"

export const publish: Command = {
  name: "publish",
  summary: "put events into the log of record",
  operands: [
    { name: "type", means: "the event's type, such as post_liked" },
    { name: "key", means: "the value of its key field" },
    { name: "json", means: "its data" },
  ],
  flags: {
    tenant: { takes: "<tenant>", means: "whose event it is; default: default" },
    id: { takes: "<id>", means: "the event's id; a repeat of it is dropped" },
    time: { takes: "<time>", means: "event time, ISO 8601 or epoch milliseconds; default: the time of arrival" },
    version: { takes: "<n>", means: "the version of the schema; default: the type's pinned one" },
    file: { takes: "<file>", means: "publish each line of this file of NDJSON; - is standard input" },
    actors: ACTORS_FLAG,
    json: JSON_FLAG,
  },
  notes: [
    "A line of a file is {type, key?, data, id?, time?, version?}. Lines that are refused are named by their number,\nthe others are published; then the exit code is 1.",
    "Data of known types is checked before it is sent. It is done when the log of record has it durably.",
  ],
  examples: [
    { says: "one event", args: `publish post_liked p1 '{"postId":"p1","userId":"u1","region":"eu"}'` },
    { says: "many", args: "publish --file events.ndjson --tenant demo" },
  ],
  async run(invocation) {
    const { runPublish } = await import("../publish/run.ts")
    return runPublish(invocation)
  },
}
