/**
 * Owns: `millrace dev`: a start whose actors may change while it runs. Never: what an edit means (api/actor-check/).
 *
 * E1 an edit that cannot be loaded or is not sound changes nothing: what runs goes on, and the problems are named.
 * E2 code that is not the running generation's never works it: the next generation is begun first, from the log alone.
 */

import { checkText } from "./api/cli/actor-check-text.ts"
import { systemClock } from "./base/clock.ts"
import type { Environment, Settings } from "./base/config.ts"
import { explain, Failure } from "./base/errors.ts"
import { type Checked, checkInProcess } from "./dev.check.ts"
import { GenerationBook, generationFor, newestOf } from "./dev.generations.ts"
import { Settling } from "./local/dev/settle.ts"
import { sourcesOf } from "./local/dev/sources.ts"
import { FolderWatch } from "./local/dev/watch.ts"
import type { ServerUrls } from "./local/servers.ts"
import { type RunningRoles, start } from "./local/start.ts"
import { prepareStreams } from "./start.prepare.ts"
import { type Start, startPlan } from "./start.role.ts"

/** What runs the actors, and what knows their events. */
const RENEWED = ["runner", "gateway"]

export async function runDev(options: Start): Promise<number> {
  const plan = startPlan(options)
  const dev = new Dev(options, plan.settings, plan.say)
  return start({
    ...plan,
    prepare: (urls) => dev.prepare(urls),
    tell: () => ({ MILLRACE_GENERATION: String(dev.generation) }),
    up: (running) => dev.up(running),
  })
}

class Dev {
  generation = 1
  readonly #entry: string
  readonly #environment: Environment
  readonly #settings: Settings
  readonly #module: string
  readonly #say: (line: string) => void
  readonly #watch: FolderWatch
  readonly #settling: Settling
  #book!: GenerationBook
  #nats = ""
  #digest = ""
  #running: RunningRoles | undefined
  /** The first code that may run was found. */
  #begun = Promise.withResolvers<void>()

  constructor({ entry, environment, args }: Start, settings: Settings, say: (line: string) => void) {
    this.#entry = entry
    this.#environment = environment
    this.#settings = settings
    this.#module = args[args.indexOf("--actors") + 1]!
    this.#say = say
    this.#settling = new Settling(systemClock, () => this.#look())
    this.#watch = new FolderWatch(() => this.#settling.changed())
  }

  /** Until there is code that can run, nothing is ready. */
  async prepare(urls: ServerUrls): Promise<() => Promise<void>> {
    this.#nats = urls.nats
    this.#book = new GenerationBook(this.#settings, urls.nats)
    this.generation = Math.max(1, newestOf(await this.#book.known()))
    const unprepare = await prepareStreams({ ...this.#settings, generation: this.generation }, urls)
    await this.#look()
    await this.#begun.promise
    return unprepare
  }

  up(running: RunningRoles): () => Promise<void> {
    this.#running = running
    this.#say(`watching ${this.#module}: ${sourcesOf(this.#module).files.length} files`)
    return async () => {
      this.#watch.close()
      await this.#settling.close()
    }
  }

  /** Never rejects: whatever is wrong is said, and what runs goes on. */
  async #look(): Promise<void> {
    const { files, digest } = sourcesOf(this.#module)
    this.#watch.follow(files)
    if (digest === this.#digest) return
    this.#digest = digest
    try {
      await this.#take(await this.#check())
    } catch (error) {
      this.#say(`the edit was not taken up: ${tell(error)}`)
    }
  }

  #check(): Promise<Checked> {
    const told = { MILLRACE_NATS_URL: this.#nats, MILLRACE_GENERATION: String(this.generation) }
    const { MILLRACE_NATS_URL_FILE: _, ...rest } = this.#environment
    return checkInProcess({ entry: this.#entry, module: this.#module, environment: { ...rest, ...told } })
  }

  async #take(checked: Checked): Promise<void> {
    if (checked.tag === "failed") return this.#refuse(checked.says)
    const { check } = checked
    this.#say(checkText(check).trimEnd())
    if (check.fingerprint === null) return this.#refuse()
    if (!check.passed) await this.#begin(check.fingerprint)
    await this.#running?.renew(RENEWED)
    if (this.#running !== undefined) this.#say(`generation ${this.generation} goes on with the edit`)
    this.#begun.resolve()
  }

  async #begin(fingerprint: string): Promise<void> {
    const known = await this.#book.known()
    const before = this.generation
    const next = generationFor(fingerprint, known)
    await this.#book.begin(next, before)
    this.generation = next
    const how = known.has(next)
      ? "goes on: it was begun with this very code"
      : "begins, computed from the log's beginning"
    this.#say(`generation ${next} ${how}; generation ${before} stays for taking the edit back`)
  }

  #refuse(why?: string): void {
    if (why !== undefined) this.#say(why)
    this.#say(
      this.#running === undefined ? "nothing runs yet; waiting for an edit that can" : "what ran before goes on",
    )
  }
}

function tell(error: unknown): string {
  const hint = error instanceof Failure && error.hint !== undefined ? ` (${error.hint})` : ""
  return `${explain(error)}${hint}`
}
