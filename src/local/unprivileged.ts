/**
 * Owns: running a program that refuses to run as root, when we are root.
 * Never: creating a user, or opening a folder to others.
 *
 * Three ways, the first that works:
 *  - we are not root: nothing to do;
 *  - an unprivileged user reaches the program and the data: spawn as that user;
 *  - it does not, because a folder above is closed to others (a clone in root's home, or below `mktemp -d`): spawn as
 *    that user with the capabilities that let it pass closed folders, through setpriv.
 */

import { spawnSync } from "node:child_process"
import { chownSync, constants, existsSync, readFileSync, statSync } from "node:fs"
import { Unreachable } from "../base/errors.ts"
import type { User } from "./process.ts"

export interface Command {
  readonly command: string
  readonly args: readonly string[]
  readonly user?: User
}

export interface Unprivileged {
  /** Who owns what the program writes; nothing if that is us. */
  readonly owner: User | undefined
  /** How to run it, after all. */
  wrap(command: string, args: readonly string[]): Command
}

const asWeAre: Unprivileged = { owner: undefined, wrap: (command, args) => ({ command, args }) }

/** `program` answers `--version`; `folder` is there and is the program's to write. */
export function unprivileged(program: string, folder: string): Unprivileged {
  if (process.getuid?.() !== 0) return asWeAre
  const owner = ownerOf(folder) ?? nobody()
  chownSync(folder, owner.uid, owner.gid)
  const ways = [asUser(owner), ...PASS_CLOSED_FOLDERS.map((capabilities) => withCapabilities(owner, capabilities))]
  const way = ways.find((candidate) => reaches(candidate, program, folder))
  if (way === undefined) throw unreachableFolder(program, folder, owner)
  return way
}

function asUser(owner: User): Unprivileged {
  return { owner, wrap: (command, args) => ({ command, args, user: owner }) }
}

/** A container may have taken one of them from us; either is enough to pass. */
const PASS_CLOSED_FOLDERS = ["+dac_override,+dac_read_search", "+dac_read_search", "+dac_override"]

/** access(2) sets capabilities aside for anybody but root, and initdb asks it about its neighbours, unless this is set. */
const KEEP_IN_ACCESS = "--securebits=+no_setuid_fixup"

function withCapabilities(owner: User, passing: string): Unprivileged {
  const identity = [`--reuid=${owner.uid}`, `--regid=${owner.gid}`, "--clear-groups"]
  const capabilities = [KEEP_IN_ACCESS, `--inh-caps=${passing}`, `--ambient-caps=${passing}`]
  const wrap = (command: string, args: readonly string[]) => ({
    command: "setpriv",
    args: [...identity, ...capabilities, "--", command, ...args],
  })
  return { owner, wrap }
}

/** Tries it for real: enters the folder, writes there, and runs the program with all its libraries. */
function reaches(way: Unprivileged, program: string, folder: string): boolean {
  const access = `require("node:fs").accessSync(process.argv[1], ${constants.X_OK})`
  const script = 'cd "$1" && : > .reached && rm .reached && "$3" -e "$4" "$2" && exec "$2" --version'
  const words = ["-c", script, "sh", folder, program, process.execPath, access]
  const { command, args, user } = way.wrap("/bin/sh", words)
  return spawnSync(command, args, { cwd: "/", stdio: "ignore", ...user }).status === 0
}

/** Data that somebody unprivileged owns already stays theirs. */
function ownerOf(folder: string): User | undefined {
  const { uid, gid } = statSync(folder)
  return uid === 0 ? undefined : { uid, gid }
}

const USUAL_NOBODY: User = { uid: 65_534, gid: 65_534 }

function nobody(): User {
  if (!existsSync("/etc/passwd")) return USUAL_NOBODY
  const entry = /^nobody:[^:]*:(\d+):(\d+):/m.exec(readFileSync("/etc/passwd", "utf8"))
  return entry === null ? USUAL_NOBODY : { uid: Number(entry[1]), gid: Number(entry[2]) }
}

function unreachableFolder(program: string, folder: string, owner: User): Unreachable {
  return new Unreachable({
    operation: `run ${program} as an unprivileged user`,
    reason: `Postgres refuses to run as root, and user ${owner.uid} can enter neither ${folder} nor the program's folder`,
    hint: "move the clone, or set MILLRACE_DIR and MILLRACE_CACHE, to a place that every user can enter (not below /root or a 0700 folder)",
  })
}
