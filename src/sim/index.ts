/**
 * `millrace/testing`: what a project uses to test its own events in the simulator.
 *
 *   const { events } = await simulatePublishing({ events: [PostLiked], publish: [PostLiked({ … }), …], seed: 7 })
 */

export type { DecodedEvent } from "../streams/decode.outcome.ts"
export { type FaultPlan, NO_FAULTS } from "./faults.ts"
export { type PublishingOutcome, type SimulatePublishing, simulatePublishing } from "./publishing.ts"
