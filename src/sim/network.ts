/**
 * Owns: the way between processes and servers, with everything that can happen to a message on it.
 * Never: what is asked for or answered (ports/), or when a server goes away (disturb.ts).
 *
 * N1 a request is served at most as often as it arrives, and an answer reaches only the life that asked, once.
 * N2 requests of one connection with the same `order` arrive in the order they were sent, lost ones left out.
 * N3 every call of a living process ends: with the answer, the server's failure, or no answer after its time.
 */

import type { Timer } from "../base/clock.ts"
import { SIM_DELAY_MS_MAX, SIM_ORDERS_MAX } from "../base/limits.ts"
import { chance, type Random } from "../base/random.ts"
import type { MessageFaults } from "./faults.ts"
import { Life } from "./process.ts"
import { roundTime, type Scheduler, TIME_STEPS_PER_MS } from "./scheduler.ts"

export interface Call<T> {
  /** For the trace: "append ingest.acme.post_liked.p1". */
  readonly what: string
  /** What it must not overtake: a subject, a key. */
  readonly order: string
  readonly timeoutMs: number
  /** Done at the server, for each arrival. */
  readonly serve: () => Promise<T>
  /** What the caller is told when no answer came. */
  readonly noAnswer: (why: string) => Error
}

/** Something that answers, is sometimes away, and keeps what it has. */
export class Server {
  readonly life: Life
  readonly #connections = new Set<Connection>()
  #away = false
  #slowMs = 0

  constructor(scheduler: Scheduler, name: string) {
    this.life = new Life(scheduler, name)
  }

  get name(): string {
    return this.life.name
  }

  get away(): boolean {
    return this.#away
  }

  get slowMs(): number {
    return this.#slowMs
  }

  /** Every connection breaks: what is under way is lost, done or not. */
  goAway(): void {
    this.#away = true
    for (const connection of this.#connections) connection.break()
  }

  comeBack(): void {
    this.#away = false
  }

  answerAfter(slowMs: number): void {
    this.#slowMs = slowMs
  }

  connect(weather: Weather, life: Life): Connection {
    const connection = new Connection(weather, life, this)
    this.#connections.add(connection)
    life.whenDead(() => {
      this.#connections.delete(connection)
    })
    return connection
  }
}

/** What every message of a world goes through. */
export interface Weather {
  readonly scheduler: Scheduler
  readonly random: Random
  /** As it is now: a run ends in peace. */
  readonly faults: MessageFaults
  /** Told of each fault that happened. */
  readonly onFault: (name: MessageFaultName) => void
}

export type MessageFaultName = "lostRequest" | "lostAnswer" | "duplicated" | "delayed"

interface Pending {
  readonly give: (why: string) => void
  readonly timer: Timer
}

/** One life's way to one server; it reconnects by itself. */
export class Connection {
  readonly #weather: Weather
  readonly #life: Life
  readonly #server: Server
  readonly #pending = new Set<Pending>()
  readonly #arrivals = new Map<string, number>()
  readonly #whenBroken: (() => void)[] = []
  /** Rises with every break: what was sent before it does not arrive after it. */
  #epoch = 0

  constructor(weather: Weather, life: Life, server: Server) {
    this.#weather = weather
    this.#life = life
    this.#server = server
  }

  get life(): Life {
    return this.#life
  }

  get connected(): boolean {
    return !this.#server.away
  }

  onBroken(run: () => void): void {
    this.#whenBroken.push(run)
  }

  call<T>(call: Call<T>): Promise<T> {
    const life = this.#life
    return new Promise((resolve, reject) => {
      const end = (finish: () => void) => {
        if (!this.#pending.delete(pending)) return
        pending.timer.cancel()
        finish()
      }
      const pending: Pending = {
        give: (why) => end(() => reject(call.noAnswer(why))),
        timer: life.schedule(call.timeoutMs, `no answer: ${call.what}`, () => pending.give("no answer in time")),
      }
      this.#pending.add(pending)
      this.#send(call, (answer) =>
        answer.then(
          (value) => end(() => resolve(value)),
          (error) => end(() => reject(error)),
        ),
      )
    })
  }

  /** The server is gone: all that waits learns of it soon, and does not know what was done. */
  break(): void {
    this.#epoch++
    const life = this.#life
    for (const pending of this.#pending) {
      life.schedule(this.#latencyMs(), "loses its connection", () => pending.give("the connection was lost"))
    }
    for (const run of this.#whenBroken) life.enter(run)
  }

  #send<T>(call: Call<T>, answered: (answer: Promise<T>) => void): void {
    const { scheduler, faults } = this.#weather
    const server = this.#server
    if (server.away || this.#happens("lostRequest", call.what)) return
    const delayMs = this.#happens("delayed", call.what) ? this.#delayMs() : this.#latencyMs()
    const inMs = this.#inOrder(faults.reordered ? call.order : "", delayMs)
    const epoch = this.#epoch
    scheduler.schedule(inMs, server.name, `${this.#life.name}: ${call.what}`, () => {
      if (server.away || epoch !== this.#epoch) return
      const answer = call.serve()
      const deliver = () => this.#answer(call, () => answered(answer))
      answer.then(
        () => this.#mayRepeat(call),
        () => {},
      )
      answer.then(deliver, deliver)
    })
  }

  #answer<T>(call: Call<T>, give: () => void): void {
    if (this.#happens("lostAnswer", call.what)) return
    const epoch = this.#epoch
    this.#life.schedule(this.#server.slowMs + this.#latencyMs(), `answer: ${call.what}`, () => {
      if (epoch === this.#epoch) give()
    })
  }

  /**
   * It may arrive again, and overtake what it likes, as long as it was done the first time: whoever resends has seen
   * no confirmation. What was refused is not resent on the way, or "not stored" would be a promise nobody can keep.
   */
  #mayRepeat<T>(call: Call<T>): void {
    if (!this.#happens("duplicated", call.what)) return
    const server = this.#server
    this.#weather.scheduler.schedule(this.#delayMs(), server.name, `again: ${this.#life.name}: ${call.what}`, () => {
      if (!server.away) call.serve().catch(unheard)
    })
  }

  #happens(name: MessageFaultName, what: string): boolean {
    const { random, scheduler, faults, onFault } = this.#weather
    if (!chance(random, faults[name])) return false
    scheduler.note(this.#life.name, `${name}: ${what}`)
    onFault(name)
    return true
  }

  #delayMs(): number {
    return this.#weather.random.next() * SIM_DELAY_MS_MAX
  }

  #latencyMs(): number {
    return this.#weather.random.next() * this.#weather.faults.latencyMsMax
  }

  /** How long it takes, so that it arrives after what was sent before it: the same moment would leave it to the tie. */
  #inOrder(order: string, delayMs: number): number {
    const { nowMs } = this.#weather.scheduler
    const after = (this.#arrivals.get(order) ?? 0) + 1 / TIME_STEPS_PER_MS
    const atMs = Math.max(roundTime(nowMs + delayMs), after)
    if (this.#arrivals.size >= SIM_ORDERS_MAX) {
      for (const [each, lastMs] of this.#arrivals) if (lastMs < nowMs) this.#arrivals.delete(each)
    }
    this.#arrivals.set(order, atMs)
    return atMs - nowMs
  }
}

/** A refusal that goes to nobody: of a repeat nobody asked for, or one that the caller hears on another way. */
function unheard(): void {}
