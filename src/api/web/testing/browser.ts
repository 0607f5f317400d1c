/**
 * Owns: one headless Chromium for a test file, spoken to over its DevTools protocol; and its end.
 * Never: downloading one: it is found, or the tests say that it was not.
 */

import { type ChildProcess, spawn } from "node:child_process"
import { existsSync } from "node:fs"
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createInterface } from "node:readline"

export function chromiumPath(): string | undefined {
  return [process.env.MILLRACE_CHROMIUM, "/usr/bin/chromium"].find((path) => path !== undefined && existsSync(path))
}

export const NO_CHROMIUM = "no Chromium at /usr/bin/chromium or MILLRACE_CHROMIUM"

interface Answer {
  readonly id?: number
  readonly method?: string
  readonly params?: unknown
  readonly result?: Readonly<Record<string, unknown>>
  readonly error?: { readonly message: string }
}

export interface Look {
  readonly width: number
  readonly scheme: "light" | "dark"
}

export class Browser {
  /** What pages complained of: exceptions, refused scripts and styles. */
  readonly complaints: string[] = []
  readonly #process: ChildProcess
  readonly #folder: string
  readonly #socket: WebSocket
  readonly #waiting = new Map<number, (answer: Answer) => void>()
  #session: string | undefined
  #id = 0

  private constructor(process: ChildProcess, folder: string, socket: WebSocket) {
    this.#process = process
    this.#folder = folder
    this.#socket = socket
    socket.addEventListener("message", ({ data }) => this.#take(JSON.parse(String(data))))
  }

  static async launch(path: string): Promise<Browser> {
    const folder = await mkdtemp(join(tmpdir(), "millrace-chromium-"))
    const flags = ["--headless=new", "--no-sandbox", "--disable-gpu", "--remote-debugging-port=0"]
    const child = spawn(path, [...flags, `--user-data-dir=${folder}`, "about:blank"], {
      stdio: ["ignore", "ignore", "pipe"],
    })
    const socket = new WebSocket(await addressOf(child))
    await new Promise((resolve, reject) => {
      socket.addEventListener("open", resolve)
      socket.addEventListener("error", reject)
    })
    return new Browser(child, folder, socket)
  }

  async open(url: string, { width, scheme }: Look): Promise<void> {
    this.#session = undefined
    const { targetId } = await this.#call("Target.createTarget", { url: "about:blank" })
    const { sessionId } = await this.#call("Target.attachToTarget", { targetId, flatten: true })
    this.#session = String(sessionId)
    for (const domain of ["Runtime", "Log", "Page"]) await this.#call(`${domain}.enable`, {})
    const size = { width, height: 900, deviceScaleFactor: 1, mobile: width < 600 }
    await this.#call("Emulation.setDeviceMetricsOverride", size)
    await this.#call("Emulation.setEmulatedMedia", { features: [{ name: "prefers-color-scheme", value: scheme }] })
    await this.#call("Page.navigate", { url })
  }

  /** What the expression is in the page; promises are waited for. */
  async evaluate(expression: string): Promise<unknown> {
    const { result } = await this.#call("Runtime.evaluate", { expression, returnByValue: true, awaitPromise: true })
    return typeof result === "object" && result !== null && "value" in result ? result.value : undefined
  }

  async close(): Promise<void> {
    const exited = new Promise((resolve) => this.#process.once("exit", resolve))
    this.#socket.close()
    this.#process.kill("SIGKILL")
    await exited
    await rm(this.#folder, { recursive: true, force: true, maxRetries: 5 })
  }

  #call(method: string, params: Readonly<Record<string, unknown>>): Promise<Readonly<Record<string, unknown>>> {
    const id = ++this.#id
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, ({ result, error }) => {
        if (error === undefined) resolve(result ?? {})
        else reject(new Error(`${method}: ${error.message}`))
      })
      const session = this.#session === undefined ? {} : { sessionId: this.#session }
      this.#socket.send(JSON.stringify({ id, method, params, ...session }))
    })
  }

  #take(answer: Answer): void {
    if (answer.id !== undefined) {
      this.#waiting.get(answer.id)?.(answer)
      this.#waiting.delete(answer.id)
    } else if (answer.method === "Runtime.exceptionThrown" || answer.method === "Log.entryAdded") {
      this.complaints.push(JSON.stringify(answer.params))
    }
  }
}

/** Chromium says on standard error where it listens. */
function addressOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    child.once("error", reject)
    child.once("exit", (code) => reject(new Error(`Chromium ended with ${code} before it listened`)))
    if (child.stderr === null) return reject(new Error("Chromium has no standard error"))
    createInterface({ input: child.stderr }).on("line", (line) => {
      const [, address] = /DevTools listening on (ws:\S+)/.exec(line) ?? []
      if (address !== undefined) resolve(address)
    })
  })
}
