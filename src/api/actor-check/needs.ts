/**
 * Owns: what an edit may need, from nothing to a reprocess. Never: finding edits (compare.ts).
 *
 *   nothing    the running generation goes on with it: words alone
 *   version    state stays as it is and means something else from now on: a new generation may take it over
 *   migrate    some state cannot be read as what it has become: `migrate` says how, or it begins empty
 *   reprocess  what is wanted is not in the state: only the log has it
 */

export const NEEDS = ["nothing", "version", "migrate", "reprocess"] as const
export type Needs = (typeof NEEDS)[number]

export function most(all: readonly Needs[]): Needs {
  return NEEDS[Math.max(0, ...all.map((needs) => NEEDS.indexOf(needs)))]!
}
