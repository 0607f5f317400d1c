/**
 * Owns: one simulated world: its time, weather, servers and processes, all from one seed; its trouble and its peace.
 * Never: what runs in it (scenarios/), or whether that went well.
 */

import { type Random, seededRandom } from "../base/random.ts"
import { type Disturbed, type DisturbedServer, disturb, type MakePeace } from "./disturb.ts"
import { type DisturbanceName, type FaultPlan, NO_MESSAGE_FAULTS, planFaults } from "./faults.ts"
import { type MessageFaultName, Server, type Weather } from "./network.ts"
import { type Life, Process, type Program } from "./process.ts"
import { Scheduler } from "./scheduler.ts"

export type FaultName = MessageFaultName | DisturbanceName

export class World {
  readonly scheduler: Scheduler
  /** For what a scenario decides: apart from the network's, so that one does not shift the other. */
  readonly random: Random
  readonly weather: Weather
  readonly faultCounts = new Map<FaultName, number>()
  readonly #plan: FaultPlan
  readonly #fate: Random
  readonly #servers: DisturbedServer[] = []
  readonly #processes: Disturbed[] = []
  #peace = false
  #makePeace: MakePeace | undefined

  constructor(seed: number, plan?: FaultPlan) {
    this.scheduler = new Scheduler(seed)
    const fork = () => seededRandom(this.scheduler.random.uint32())
    this.random = fork()
    this.#fate = fork()
    this.#plan = plan ?? planFaults(fork())
    this.weather = this.#makeWeather(fork())
  }

  get plan(): FaultPlan {
    return this.#plan
  }

  server(name: string, more: { readonly setFull?: (full: boolean) => void } = {}): Server {
    const server = new Server(this.scheduler, name)
    this.#servers.push({ server, ...more })
    return server
  }

  /** Started at once. `ports` is called for each of its lives, with chance of that life's own. */
  process<Ports>(program: Program<Ports>, ports: (life: Life, random: Random) => Ports): Process<Ports> {
    const { scheduler } = this
    const seeds = seededRandom(this.random.uint32())
    const process = new Process({
      scheduler,
      program,
      ports,
      randomFor: () => seededRandom(seeds.uint32()),
      onFailure: (error) => scheduler.expect(program.name, Promise.reject(error)),
    })
    this.#processes.push(process)
    process.start()
    return process
  }

  startTrouble(): void {
    this.#makePeace = disturb({
      scheduler: this.scheduler,
      random: this.#fate,
      plan: this.#plan,
      processes: this.#processes,
      servers: this.#servers,
      onFault: (name) => this.#count(name),
    })
  }

  /** From now on nothing is lost and nobody is disturbed. */
  makePeace(): void {
    this.#peace = true
    this.#makePeace?.()
  }

  #makeWeather(random: Random): Weather {
    const now = () => (this.#peace ? NO_MESSAGE_FAULTS : this.#plan.messages)
    return {
      scheduler: this.scheduler,
      random,
      get faults() {
        return now()
      },
      onFault: (name) => this.#count(name),
    }
  }

  #count(name: FaultName): void {
    this.faultCounts.set(name, (this.faultCounts.get(name) ?? 0) + 1)
  }
}
