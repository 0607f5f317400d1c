/** Owns: a titled table of words for a terminal, in columns. Never: what the words are. */

/** Nothing without rows. */
export function block(title: string, rows: readonly (readonly string[])[]): string {
  if (rows.length === 0) return ""
  const columns = Math.max(...rows.map((row) => row.length))
  const widths = Array.from({ length: columns }, (_, at) => Math.max(...rows.map((row) => row[at]?.length ?? 0)))
  const lines = rows.map((row) => `  ${row.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join("  ")}`.trimEnd())
  return [title, ...lines].join("\n")
}
