/** Owns: where nats-server comes from. Never: its configuration, or running it. */

import { copyFile, rm, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { download, hashIn, requireHash, unpack } from "./archive.ts"
import { debianRoot } from "./debian.ts"
import { goEnvironment } from "./go.ts"
import type { Recipe, Way } from "./recipe.ts"
import { run, WayClosed, type Workbench } from "./workbench.ts"

/** Older ones silently ignore stream settings that the protocol rests on. */
export const NATS_LEAST = "2.14"
const PINNED = "2.15.2"
const RELEASES = "https://github.com/nats-io/nats-server/releases/download"
const PROGRAM = "nats-server"
const ARCHITECTURES: Readonly<Record<string, string>> = { x64: "amd64", arm64: "arm64" }

export function natsRecipe(bench: Workbench, releases = RELEASES): Recipe {
  return {
    server: "nats",
    name: "nats-server",
    version: PINNED,
    recipe: 1,
    programs: [PROGRAM],
    proof: { program: PROGRAM, arguments: ["--version"] },
    // Debian's own takes seconds; a build takes a minute of both cores, in which FerretDB's is waiting for them.
    ways: [releaseArchive(bench, releases), debianPackage(bench), goInstall(bench)],
  }
}

function releaseArchive(bench: Workbench, releases: string): Way {
  const doing = `fetching v${PINNED} from its release`
  return {
    doing,
    did: "fetched",
    by: "from its release",
    async make(folder) {
      const { os, arch } = bench.platform
      const name = `nats-server-v${PINNED}-${os}-${ARCHITECTURES[arch] ?? arch}.tar.gz`
      const at = `${releases}/v${PINNED}`
      const sums = Buffer.from(await download(bench, `nats: ${doing}`, `${at}/SHA256SUMS`)).toString("utf8")
      const hash = hashIn(sums, name)
      if (hash === undefined) throw new WayClosed({ operation: `nats: ${doing}`, reason: `there is no ${name}` })
      const bytes = await download(bench, `nats: ${doing}`, `${at}/${name}`)
      requireHash(`nats: ${doing}`, name, bytes, "sha256", hash, "hex")
      const archive = join(folder, name)
      await writeFile(archive, bytes)
      await unpack(bench, `nats: unpacking v${PINNED}`, archive, folder)
      await rm(archive)
    },
  }
}

function goInstall(bench: Workbench): Way {
  const doing = `building v${PINNED} with go (about a minute)`
  return {
    doing,
    did: "built",
    by: "with go",
    async make(folder) {
      await run(bench, {
        doing: `nats: ${doing}`,
        file: "go",
        arguments: ["install", "-trimpath", `github.com/nats-io/nats-server/v2@v${PINNED}`],
        folder,
        environment: { ...goEnvironment(), GOBIN: folder },
      })
    },
  }
}

/** Debian's own is a static Go program: taken out of its package, it needs nothing else of it. */
function debianPackage(bench: Workbench): Way {
  return {
    doing: "fetching Debian's nats-server with apt",
    did: "fetched",
    by: "with apt",
    async make(folder) {
      const root = join(folder, "root")
      await debianRoot(bench, "nats", { packages: ["nats-server"], folder, root, alone: true })
      await copyFile(join(root, "usr/sbin/nats-server"), join(folder, PROGRAM))
      await rm(root, { recursive: true })
    },
  }
}
