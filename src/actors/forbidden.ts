/**
 * Owns: clock, chance and I/O throwing while an actor's function runs: in development and simulation, so that a step
 * that could not be repeated is found before its first replay. Never: isolation from code that means harm.
 *
 * The doors are watched once, for good; what is watched costs a look at one flag, and functions of actors are stopped at
 * the door only while `forbidding` runs them.
 */

import { Failure } from "../base/errors.ts"

export class Forbidden extends Failure {
  override readonly name = "Forbidden"
  readonly tag = "Forbidden"
  readonly verdict = "refuse"
}

let stepping = false
let watched = false

/** Runs an actor's function; what it may not touch throws Forbidden. */
export function forbidding<T>(run: () => T): T {
  if (!watched) watch()
  stepping = true
  try {
    return run()
  } finally {
    stepping = false
  }
}

type Callable = (...args: never[]) => unknown

const CLOCK = "take the time from the event or the context"
const CHANCE = "derive it from the event's fields"
const OUTSIDE = "a step sees its state and its input only: publish what it needs as an event"

function watch(): void {
  watched = true
  watchDate()
  watchFunctions(Math, "Math", ["random"], CHANCE)
  watchFunctions(performance, "performance", ["now"], CLOCK)
  watchFunctions(crypto, "crypto", ["randomUUID", "getRandomValues"], CHANCE)
  watchFunctions(process, "process", ["hrtime", "uptime", "memoryUsage", "cpuUsage", "cwd", "exit"], OUTSIDE)
  const loose = ["fetch", "setTimeout", "setInterval", "setImmediate", "queueMicrotask"]
  watchFunctions(globalThis, "", loose, OUTSIDE)
  watchEnvironment()
}

/** `new Date(ms)` is arithmetic; without arguments it is a clock. */
function watchDate(): void {
  const Real = Date
  const Watched = new Proxy(Real, {
    apply: (target, self, args) => {
      stop("Date()", CLOCK)
      return Reflect.apply(target, self, args)
    },
    construct: (target, args, made) => {
      if (args.length === 0) stop("new Date without arguments", CLOCK)
      return Reflect.construct(target, args, made)
    },
  })
  watchFunctions(Real, "Date", ["now"], CLOCK)
  globalThis.Date = Watched
}

function watchFunctions(owner: object, name: string, members: readonly string[], hint: string): void {
  for (const member of members) {
    const real: unknown = Reflect.get(owner, member)
    if (typeof real !== "function") continue
    const label = name === "" ? member : `${name}.${member}`
    const seen = new Proxy(real as Callable, {
      apply: (target, self, args) => {
        stop(label, hint)
        return Reflect.apply(target, self, args)
      },
    })
    Object.defineProperty(owner, member, { value: seen, writable: true, configurable: true, enumerable: false })
  }
}

function watchEnvironment(): void {
  const name = "env"
  const real: unknown = Reflect.get(process, name)
  Object.defineProperty(process, name, {
    configurable: true,
    enumerable: true,
    get: () => {
      stop(`process.${name}`, OUTSIDE)
      return real
    },
  })
}

function stop(what: string, hint: string): void {
  if (!stepping) return
  throw new Forbidden({ operation: "running an actor's function", reason: `it uses ${what}`, hint })
}
