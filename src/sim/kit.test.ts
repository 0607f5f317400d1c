import { expect, test } from "vitest"
import { eventCounts, postEngagement, sensorHealth, trendingHashtags, userActivity } from "../builtin/actors.ts"
import { PostCreated, PostLiked, PostShared, SensorReading } from "../builtin/events.ts"
import { given } from "./kit.ts"

const like = (userId: string) => PostLiked({ postId: "p", userId, region: "eu" })
const T = "2026-01-01T00:00:00.000Z"

test("totals and windows of an actor, on the real engine", () => {
  given([
    like("a"),
    like("b"),
    { time: "2026-01-01T00:00:30Z", event: PostShared({ postId: "p", userId: "a", region: "eu" }) },
  ])
    .at("2026-01-01T00:01:29.999Z")
    .expectWindow(postEngagement, "1m", T, "p", { likes: 2, score: 7 }, { closed: false })
    .at("2026-01-01T00:01:30Z")
    .expect(postEngagement, "p", { likes: 2, shares: 1, uniqueUsers: 2, post: null })
    .expectWindow(postEngagement, "1m", T, { postId: "p" }, { likes: 2, score: 7 }, { closed: true })
    .expectNone(postEngagement, "q")
})

test("sessions, joins and tops through the loop", () => {
  const created = PostCreated({ postId: "p", userId: "author", region: "eu", hashtags: ["tea", "mint"] })
  const again = PostCreated({ postId: "q", userId: "author", region: "eu", hashtags: ["tea"] })
  const scenario = given([created, again, like("a")]).at("2026-01-01T02:00:00Z")
  scenario.expect(postEngagement, "p", { likes: 1, post: { region: "eu", userId: "author" } })
  scenario.expectWindow(
    userActivity,
    "session_15m",
    "2026-01-01T00:00:00.002Z",
    "a",
    { engagements: 1 },
    { closed: true },
  )
  const topHashtags = [
    { value: "tea", count: 2 },
    { value: "mint", count: 1 },
  ]
  scenario.expectWindow(trendingHashtags, "10m_by_1m", "2025-12-31T23:51:00Z", "all", { topHashtags }, { closed: true })
})

test("what is emitted is heard by others that are given, and late events are told", () => {
  const reading = (value: number) => SensorReading({ sensorId: "s", metric: "temperature", value, unit: "C" })
  const scenario = given([reading(90), reading(95), { time: "2025-12-31T23:00:00Z", event: reading(1) }], {
    actors: [sensorHealth],
  }).at("2026-01-01T01:00:00Z")
  expect(scenario.emitted(sensorHealth).filter(({ type }) => type === "sensor_alert")).toHaveLength(1)
  expect(scenario.late(sensorHealth)).toEqual([{ time: new Date("2025-12-31T23:00:00Z"), missed: ["1m"] }])
  const counted = scenario.rows(eventCounts, "event_counts_totals")
  expect(counted.find(({ key }) => key === "sensor_alert")?.fields.events).toBe(1)
})

test("a wrong expectation says what was found, and what is missing", () => {
  const scenario = given([like("a")]).at("2026-01-01T00:05:00Z")
  expect(() => scenario.expect(postEngagement, "p", { likes: 2 })).toThrow(/likes: 1[\s\S]*likes: 2/)
  expect(() => scenario.expect(postEngagement, "q", { likes: 2 })).toThrow(
    "post_engagement_totals of q: there is no row",
  )
  expect(() => scenario.expectWindow(postEngagement, "1m", "2026-01-01T00:01:00Z", "p", {})).toThrow(
    "there are 2026-01-01T00:00:00.000Z",
  )
  expect(() => given([]).at("soon")).toThrow('"soon" is no time')
})
