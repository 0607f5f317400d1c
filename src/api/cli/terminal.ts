/** Owns: where a command's words go and where its input comes from. Never: what they say. */

export interface Terminal {
  /** Answers: what another program may read. */
  out(text: string): void
  /** Progress, warnings, errors. */
  err(text: string): void
  /** Standard input, as text. */
  input(): AsyncIterable<string>
  /** Fires when the reader of `out` is gone, or somebody presses Ctrl-C. */
  readonly over: AbortSignal
}

export function processTerminal(): Terminal {
  const over = new AbortController()
  // `millrace tail | head` closes the pipe: that ends the command, and is no failure.
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error
    over.abort()
  })
  return {
    out: (text) => void process.stdout.write(text),
    err: (text) => void process.stderr.write(text),
    async *input() {
      process.stdin.setEncoding("utf8")
      for await (const chunk of process.stdin) yield String(chunk)
    },
    over: over.signal,
  }
}
