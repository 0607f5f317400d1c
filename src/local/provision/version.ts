/** Owns: reading a version out of what `--version` prints, and comparing two. Never: running anything. */

const DOTTED = /(?:^|[\s:v])(\d+(?:\.\d+)*)/

/** "postgres (PostgreSQL) 18.6 (Debian 18.6-3)" → "18.6"; nothing when no version is printed. */
export function versionIn(printed: string): string | undefined {
  return DOTTED.exec(printed)?.[1]
}

export function isAtLeast(version: string, least: string): boolean {
  const [have, need] = [numbers(version), numbers(least)]
  for (let i = 0; i < need.length; i++) {
    const difference = (have[i] ?? 0) - need[i]!
    if (difference !== 0) return difference > 0
  }
  return true
}

function numbers(version: string): readonly number[] {
  return version.split(".").map(Number)
}
