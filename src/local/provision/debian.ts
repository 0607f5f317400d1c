/**
 * Owns: Debian packages in a folder of ours: a private apt on the machine's own mirror and keys, unpacked without
 * installing. Never: changing the system, or naming a mirror.
 *
 * The suite is Debian 14, whatever the machine's own is; what is unpacked brings its own libc. Works as any user.
 */

import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs"
import { mkdir, rm } from "node:fs/promises"
import { join } from "node:path"
import { UNPACK_AT_ONCE } from "../../base/limits.ts"
import { debianMirror, type Mirror, sourcesFile } from "./apt-sources.ts"
import { onPath } from "./installed.ts"
import { run, WayClosed, type Workbench } from "./workbench.ts"

const SUITE = "forky"
const SETTINGS = "/etc/apt"

export interface DebianPlatform {
  readonly architecture: string
  /** Where libraries lie: usr/lib/<triplet>. */
  readonly triplet: string
  readonly loader: string
}

const PLATFORMS: Readonly<Record<string, DebianPlatform>> = {
  x64: { architecture: "amd64", triplet: "x86_64-linux-gnu", loader: "ld-linux-x86-64.so.2" },
  arm64: { architecture: "arm64", triplet: "aarch64-linux-gnu", loader: "ld-linux-aarch64.so.1" },
}

export interface Unpacking {
  readonly packages: readonly string[]
  /** For apt's state; what it leaves there is removed. */
  readonly folder: string
  readonly root: string
  /** Only the named packages are unpacked, not what they depend on. */
  readonly alone?: boolean
}

export function debianPlatform({ platform }: Workbench, doing: string): DebianPlatform {
  const found = platform.os === "linux" ? PLATFORMS[platform.arch] : undefined
  if (found !== undefined) return found
  throw new WayClosed({ operation: doing, reason: `no Debian packages for ${platform.os} on ${platform.arch}` })
}

export async function debianRoot(bench: Workbench, server: string, unpacking: Unpacking): Promise<void> {
  const { packages, folder, root, alone = false } = unpacking
  const doing = `${server}: fetching Debian packages`
  const apt = join(folder, "apt")
  const settings = writeApt(apt, sourcesFile(needs(bench, doing), SUITE, debianPlatform(bench, doing).architecture))
  const aptGet = (what: string, ...rest: readonly string[]) =>
    run(bench, {
      doing: what,
      file: "apt-get",
      arguments: ["-c", settings, ...rest, "-y"],
      folder: join(apt, "archives"),
      environment: APT_ENVIRONMENT,
    })
  await aptGet(`${server}: reading Debian's package list`, "update")
  await aptGet(
    doing,
    ...(alone ? ["download"] : ["install", "--download-only", "--no-install-recommends"]),
    ...packages,
  )
  await unpackAll(bench, server, join(apt, "archives"), root)
  await rm(apt, { recursive: true, force: true })
}

/** The tools and the mirror, or what is missing of them. */
function needs(bench: Workbench, doing: string): Mirror {
  const missing = ["apt-get", "dpkg-deb"].filter((tool) => !onPath(bench, tool))
  const mirror = machineMirror()
  if (mirror !== undefined && missing.length === 0) return mirror
  const reason = missing.length > 0 ? `${missing.join(" and ")} missing (not a Debian?)` : "apt knows no Debian mirror"
  throw new WayClosed({ operation: doing, reason })
}

/** Hooks of the machine act on the machine; other indexes than the packages' are of no use here. */
const CLEARED = [
  "APT::Update::Pre-Invoke",
  "APT::Update::Post-Invoke",
  "APT::Update::Post-Invoke-Success",
  "DPkg::Pre-Invoke",
  "DPkg::Post-Invoke",
  "DPkg::Pre-Install-Pkgs",
  "Acquire::IndexTargets::deb::DEP-11",
  "Acquire::IndexTargets::deb::DEP-11-icons",
  "Acquire::IndexTargets::deb::DEP-11-icons-large",
  "Acquire::IndexTargets::deb::CNF",
  "Acquire::IndexTargets::deb::Contents-deb",
]
const APT_ENVIRONMENT = { LC_ALL: "C.UTF-8", DEBIAN_FRONTEND: "noninteractive" }

function machineMirror(): Mirror | undefined {
  const parts = join(SETTINGS, "sources.list.d")
  const named = existsSync(parts) ? readdirSync(parts).filter((name) => /\.(list|sources)$/.test(name)) : []
  const paths = [join(SETTINGS, "sources.list"), ...named.sort().map((name) => join(parts, name))]
  return debianMirror(
    paths.filter((path) => existsSync(path)).map((path) => ({ name: path, text: readFileSync(path, "utf8") })),
  )
}

/** A state of its own, read after the machine's settings, so that its proxies and credentials hold and nothing else. */
function writeApt(apt: string, sources: string): string {
  for (const folder of ["lists/partial", "archives/partial", "sources"]) {
    mkdirSync(join(apt, folder), { recursive: true })
  }
  writeFileSync(join(apt, "status"), "")
  writeFileSync(join(apt, "sources", "debian.sources"), sources)
  const settings = join(apt, "apt.conf")
  const places = {
    "Dir::State": apt,
    "Dir::State::lists": join(apt, "lists"),
    "Dir::State::status": join(apt, "status"),
    "Dir::Cache": apt,
    "Dir::Cache::archives": join(apt, "archives"),
    "Dir::Etc::sourcelist": "/dev/null",
    "Dir::Etc::sourceparts": join(apt, "sources"),
    "Dir::Etc::preferences": "/dev/null",
    "Dir::Etc::preferencesparts": "/dev/null",
    "APT::Update::Error-Mode": "any",
    "APT::Install-Recommends": "false",
    "Acquire::Languages": "none",
    "Acquire::Retries": "2",
    "Acquire::http::Timeout": "20",
    "Acquire::https::Timeout": "20",
  }
  const lines = Object.entries(places).map(([name, value]) => `${name} ${JSON.stringify(value)};`)
  writeFileSync(settings, [...lines, ...CLEARED.map((name) => `#clear ${name};`), ""].join("\n"))
  return settings
}

async function unpackAll(bench: Workbench, server: string, archives: string, root: string): Promise<void> {
  const packages = readdirSync(archives).filter((name) => name.endsWith(".deb"))
  bench.report(`${server}: unpacking ${packages.length} Debian packages …`)
  await mkdir(root, { recursive: true })
  const queue = packages.values()
  const worker = async () => {
    for (const name of queue) {
      const doing = `${server}: unpacking ${name}`
      await run(bench, { doing, file: "dpkg-deb", arguments: ["-x", join(archives, name), root] })
    }
  }
  await Promise.all(Array.from({ length: UNPACK_AT_ONCE }, worker))
}
