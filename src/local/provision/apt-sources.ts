/**
 * Owns: reading a machine's apt sources, in both their formats, for the Debian mirror it already uses.
 * Never: naming a mirror of our own, or a source that is not Debian's.
 */

/** Where Debian's packages come from on this machine, and what proves that they are Debian's. */
export interface Mirror {
  readonly uri: string
  /** A keyring's path, or a key block; without it apt's own trusted keys. */
  readonly signedBy: string | undefined
}

interface Source {
  readonly types: readonly string[]
  readonly uris: readonly string[]
  readonly suites: readonly string[]
  readonly components: readonly string[]
  readonly signedBy: string | undefined
  readonly enabled: boolean
}

/** Only a mirror that carries one of these carries the others. */
const SUITES = new Set([
  ..."stretch buster bullseye bookworm trixie forky duke sid".split(" "),
  ..."oldoldstable oldstable stable testing unstable".split(" "),
])
const FETCHABLE = /^(?:https?|mirror\+https?|mirror|ftp|file|tor\+https?):/
const ONE_LINE = /^(deb(?:-src)?)\s+(?:\[([^\]]*)\]\s+)?(\S+)\s+(\S+)\s*(.*)$/

/** The first usable mirror of the files, each given by its name and text. */
export function debianMirror(files: readonly { readonly name: string; readonly text: string }[]): Mirror | undefined {
  for (const { name, text } of files) {
    for (const source of name.endsWith(".sources") ? stanzas(text) : lines(text)) {
      const uri = source.uris.find((candidate) => FETCHABLE.test(candidate))
      if (uri !== undefined && isDebianMain(source)) return { uri, signedBy: source.signedBy }
    }
  }
  return undefined
}

function isDebianMain({ enabled, types, suites, components }: Source): boolean {
  return enabled && types.includes("deb") && components.includes("main") && suites.some((suite) => SUITES.has(suite))
}

function lines(text: string): readonly Source[] {
  return text.split("\n").flatMap((line) => {
    const [, type, options, uri, suite, components] = ONE_LINE.exec(line.replace(/#.*/, "").trim()) ?? []
    if (type === undefined || uri === undefined || suite === undefined) return []
    const signedBy = /(?:^|\s)signed-by=(\S+)/i.exec(options ?? "")?.[1]
    return [{ types: [type], uris: [uri], suites: [suite], components: words(components), signedBy, enabled: true }]
  })
}

function stanzas(text: string): readonly Source[] {
  const blocks = text.replace(/^#.*\n?/gm, "").split(/\n\s*\n/)
  return blocks.map((block) => {
    const fields = fieldsOf(block)
    return {
      types: words(fields.get("types")),
      uris: words(fields.get("uris")),
      suites: words(fields.get("suites")),
      components: words(fields.get("components")),
      signedBy: fields.get("signed-by"),
      enabled: !/^(?:no|false|0|off)$/i.test(fields.get("enabled") ?? "yes"),
    }
  })
}

/** Names in lower case; a value keeps its continuation lines, as a key block needs them. */
function fieldsOf(block: string): ReadonlyMap<string, string> {
  const fields = new Map<string, string>()
  let name = ""
  for (const line of block.split("\n")) {
    const [, key, value] = /^([A-Za-z-]+):\s*(.*)$/.exec(line) ?? []
    if (key !== undefined && value !== undefined) {
      name = key.toLowerCase()
      fields.set(name, value.trim())
    } else if (name !== "" && /^\s/.test(line)) {
      fields.set(name, `${fields.get(name) ?? ""}\n${line.trimEnd()}`)
    }
  }
  return fields
}

function words(text = ""): readonly string[] {
  return text.split(/\s+/).filter((word) => word !== "")
}

/** The same mirror, another suite: a file for a private apt. */
export function sourcesFile(mirror: Mirror, suite: string, architecture: string): string {
  const fields = [
    "Types: deb",
    `URIs: ${mirror.uri}`,
    `Suites: ${suite}`,
    "Components: main",
    `Architectures: ${architecture}`,
    ...(mirror.signedBy === undefined ? [] : [`Signed-By: ${mirror.signedBy}`]),
  ]
  return `${fields.join("\n")}\n`
}
