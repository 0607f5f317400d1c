/** Owns: guessing which known word was meant. Never: acting on the guess. */

/** The closest of the known words, if it is close enough to be worth naming. */
export function closest(word: string, known: readonly string[]): string | undefined {
  const ranked = known
    .map((candidate) => ({ candidate, far: distance(word, candidate) }))
    .filter(({ candidate, far }) => far <= Math.max(1, Math.floor(candidate.length / 3)) || candidate.startsWith(word))
    .sort((a, b) => a.far - b.far)
  return ranked[0]?.candidate
}

/** How many letters have to be put in, taken out, changed, or swapped with their neighbour. */
function distance(a: string, b: string): number {
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, j) => j)]
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) row.push(step(a, b, i, j, row, rows))
    rows.push(row)
  }
  return rows[a.length]?.[b.length] ?? 0
}

function step(a: string, b: string, i: number, j: number, row: readonly number[], rows: readonly number[][]): number {
  const above = rows[i - 1] ?? []
  const change = (above[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
  const least = Math.min(change, (above[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1)
  const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
  return swapped ? Math.min(least, (rows[i - 2]?.[j - 2] ?? 0) + 1) : least
}
