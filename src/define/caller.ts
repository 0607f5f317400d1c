/** Owns: which file and line a definition was written at, for messages. Never: anything that decides. */

/** "actors.ts:12"; empty where stacks have another form. */
export function callerOf(): string {
  const frames = new Error("for its stack").stack?.split("\n").slice(1) ?? []
  const outside = frames.find((frame) => !/define\/(actor|define|caller)\.[jt]s/.test(frame) && frame.includes(":"))
  const [, file, line] = /([^/\\(]+):(\d+):\d+\)?$/.exec(outside ?? "") ?? []
  return file === undefined ? "" : `${file}:${line}`
}
