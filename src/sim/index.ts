/**
 * `millrace/testing`: what a project uses to test its own events in the simulator.
 *
 *   const { events } = await simulatePublishing({ events: [PostLiked], publish: [PostLiked({ … }), …], seed: 7 })
 *
 * And its actors, on the real engine in memory:
 *
 *   given([PostLiked({ … })]).at("2026-01-01T00:02:00Z").expect(postEngagement, "p", { likes: 1 })
 */

export type { DecodedEvent } from "../streams/decode.outcome.ts"
export { type FaultPlan, NO_FAULTS } from "./faults.ts"
export { type Emitted, type GivenEvent, type GivenOptions, given, Scenario, type Time } from "./kit.ts"
export { type PublishingOutcome, type SimulatePublishing, simulatePublishing } from "./publishing.ts"
