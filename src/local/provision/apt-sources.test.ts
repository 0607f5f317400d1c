import { describe, expect, test } from "vitest"
import { debianMirror, sourcesFile } from "./apt-sources.ts"

const mirrorOf = (name: string, text: string) => debianMirror([{ name, text }])

describe("the mirror a machine's apt uses", () => {
  test("is read from a deb822 file, past comments and other stanzas", () => {
    const text = [
      "Types: deb-src",
      "URIs: http://src.example/debian",
      "Suites: bookworm",
      "Components: main",
      "",
      "# made by hand",
      "types: deb",
      "# http://snapshot.example/",
      "URIs: http://mirror.example/debian http://second.example/debian",
      "Suites: bookworm bookworm-updates",
      "Components: main contrib",
      "Signed-By: /usr/share/keyrings/a.gpg",
    ].join("\n")
    expect(mirrorOf("debian.sources", text)).toEqual({
      uri: "http://mirror.example/debian",
      signedBy: "/usr/share/keyrings/a.gpg",
    })
  })

  test("is read from one-line files, with and without options", () => {
    expect(mirrorOf("sources.list", "deb http://m.example/debian trixie main # local\n")).toEqual({
      uri: "http://m.example/debian",
      signedBy: undefined,
    })
    const optioned = "deb [arch=amd64 signed-by=/k/d.gpg] https://m.example/debian stable main non-free"
    expect(mirrorOf("x.list", optioned)).toEqual({ uri: "https://m.example/debian", signedBy: "/k/d.gpg" })
  })

  test("keeps a key that stands in the file itself", () => {
    const key = "-----BEGIN PGP PUBLIC KEY BLOCK-----\n .\n abc\n -----END PGP PUBLIC KEY BLOCK-----"
    const text = `Types: deb\nURIs: http://m.example/debian\nSuites: sid\nComponents: main\nSigned-By: ${key}\n`
    expect(mirrorOf("d.sources", text)?.signedBy).toBe(key)
  })

  test.each([
    ["security updates alone", "deb http://m.example/debian-security bookworm-security main"],
    ["another distribution", "deb http://m.example/ubuntu noble main"],
    ["another vendor", "deb https://m.example/apt cloud-sdk-bookworm main"],
    ["without main", "deb http://m.example/debian bookworm contrib"],
    ["a disc", "deb cdrom:[Debian]/ bookworm main"],
    ["commented out", "# deb http://m.example/debian bookworm main"],
  ])("is not taken from a source of %s", (_, text) => {
    expect(mirrorOf("sources.list", text)).toBeUndefined()
  })

  test("is not taken from a disabled stanza", () => {
    const text = "Enabled: no\nTypes: deb\nURIs: http://m.example/debian\nSuites: sid\nComponents: main\n"
    expect(mirrorOf("d.sources", text)).toBeUndefined()
  })

  test("what is written for the private apt names the same mirror and key", () => {
    const mirror = { uri: "http://m.example/debian", signedBy: "/k/d.gpg" }
    const text = sourcesFile(mirror, "forky", "amd64")
    expect(text).toContain("Suites: forky\n")
    expect(mirrorOf("d.sources", text)).toEqual(mirror)
  })
})
