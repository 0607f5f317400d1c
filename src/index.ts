/** The public entry point `millrace`: what events and actors are declared with. */

export * as Schema from "effect/Schema"
export { type Actor, type AnyActor, actor, type FreeActor } from "./define/actor.ts"
export { type Derived, ratio, total, weighted } from "./define/derive.ts"
export type { DurationText } from "./define/duration.ts"
export { type AnyEvent, type DataOf, type Emit, type EventDef, event, type Tagged } from "./define/event.ts"
export { type Join, latest } from "./define/join.ts"
export type { Kit, Measure, RankedRow } from "./define/kit.ts"
export { InvalidEvent } from "./define/validate.ts"
export { inherited, session, sliding, tumbling, type Window } from "./define/windows.ts"
