/**
 * Owns: the actors that Millrace brings along, as its contract lists them. Never: their events (events.ts).
 *
 * Names of actors, fields and windows are public: people's queries and scripts are written against them.
 */

import { type AnyActor, actor } from "../define/actor.ts"
import { ratio, weighted } from "../define/derive.ts"
import { latest } from "../define/join.ts"
import type { SomeEvent } from "../define/kit.ts"
import { inherited, session, sliding, tumbling } from "../define/windows.ts"
import {
  AdClicked,
  AdConverted,
  AdImpression,
  BUILTIN_EVENTS,
  CampaignUpdated,
  PageViewed,
  PostCommented,
  PostCreated,
  PostLiked,
  PostShared,
  SearchQueried,
  SensorAlert,
  SensorReading,
  UserAction,
  UserProfile,
} from "./events.ts"
import { keywordsOf } from "./keywords.ts"

/** A share is worth more than a comment, a comment more than a like. */
const ENGAGEMENT = { likes: 1, comments: 3, shares: 5 } as const
/** Millionths: what advertisers settle in. */
const MONEY = { scale: 6 } as const
const EVERYWHERE = "all"

export const postEngagement = actor("post_engagement", {
  version: 1,
  title: "Engagement per post",
  description: "Likes, comments and shares of each post, and how many people they came from",
  on: [PostLiked, PostCommented, PostShared],
  key: "postId",
  join: { post: latest(PostCreated, ["region", "userId"]) },
  windows: [tumbling("1 minute"), sliding("1 hour", "5 minutes")],
  measures: (m) => ({
    likes: m.count(PostLiked).describe("Times it was liked"),
    comments: m.count(PostCommented).describe("Comments on it"),
    shares: m.count(PostShared).describe("Times it was shared"),
    uniqueUsers: m.distinct("userId").describe("People who reacted").unit("people"),
  }),
  derive: { score: weighted(ENGAGEMENT).describe("Likes + 3 × comments + 5 × shares") },
})

export const regionEngagement = actor("region_engagement", {
  version: 1,
  title: "Engagement per region",
  description: "Likes, comments and shares from each region",
  on: [PostLiked, PostCommented, PostShared],
  key: "region",
  windows: [tumbling("1 minute")],
  measures: (m) => ({
    likes: m.count(PostLiked).describe("Likes given there"),
    comments: m.count(PostCommented).describe("Comments written there"),
    shares: m.count(PostShared).describe("Posts shared there"),
    uniqueUsers: m.distinct("userId").describe("People who reacted there").unit("people"),
  }),
  derive: { score: weighted(ENGAGEMENT).describe("Likes + 3 × comments + 5 × shares") },
})

export const userActivity = actor("user_activity", {
  version: 1,
  title: "Activity per user",
  description: "What each user does, in sessions that end after 15 quiet minutes",
  on: [UserAction, PostLiked, PostCommented, PostShared],
  key: "userId",
  join: { profile: latest(UserProfile, ["name", "country", "plan"]) },
  windows: [session({ gap: "15 minutes", max: "12 hours" })],
  measures: (m) => ({
    actions: m.count(UserAction).describe("Actions taken"),
    engagements: m.count(PostLiked, PostCommented, PostShared).describe("Posts liked, commented or shared"),
  }),
  derive: { score: weighted({ actions: 1, engagements: 2 }).describe("Actions + 2 × engagements") },
  keep: { idle: "90 days" },
})

const hashtagUse = actor("hashtag_use", {
  version: 1,
  title: "Uses of each hashtag",
  internal: true,
  on: [PostCreated, PostCommented],
  key: (e) => (e.hashtags ?? []).flatMap((hashtag) => everywhere(e.region, { hashtag })),
  keyNames: ["region", "hashtag"],
  windows: [sliding("10 minutes", "1 minute")],
  grace: "5 seconds",
  measures: (m) => ({ uses: m.count() }),
})

export const trendingHashtags = actor("trending_hashtags", {
  version: 1,
  title: "Trending hashtags",
  description: "The hashtags used most in each region, and in all of them",
  on: [hashtagUse.closed],
  key: "region",
  windows: [inherited],
  measures: (m) => ({
    topHashtags: m.top(20, { by: "hashtag", weight: "uses" }).describe("Most used first"),
  }),
})

const keywordUse = actor("keyword_use", {
  version: 1,
  title: "Uses of each keyword",
  internal: true,
  on: [PostCommented, SearchQueried],
  key: (e) =>
    keywordsOf(e._tag === "post_commented" ? (e.text ?? "") : e.query).flatMap((keyword) =>
      everywhere(e.region, { keyword }),
    ),
  keyNames: ["region", "keyword"],
  windows: [sliding("10 minutes", "1 minute")],
  grace: "5 seconds",
  measures: (m) => ({ uses: m.count() }),
})

export const trendingKeywords = actor("trending_keywords", {
  version: 1,
  title: "Trending keywords",
  description: "The words of comments and searches used most in each region, and in all of them",
  on: [keywordUse.closed],
  key: "region",
  windows: [inherited],
  measures: (m) => ({
    topKeywords: m.top(20, { by: "keyword", weight: "uses" }).describe("Most used first"),
  }),
})

export const adPerformance = actor("ad_performance", {
  version: 1,
  title: "Performance of ad campaigns",
  description: "What each campaign's ads were shown, clicked, paid and brought in",
  on: [AdImpression, AdClicked, AdConverted],
  key: "campaignId",
  join: { campaign: latest(CampaignUpdated, ["name", "budget"]) },
  windows: [tumbling("1 minute"), tumbling("1 hour")],
  measures: (m) => ({
    impressions: m.count(AdImpression).describe("Times an ad was shown"),
    clicks: m.count(AdClicked).describe("Times an ad was clicked"),
    conversions: m.count(AdConverted).describe("Clicks that led to a purchase"),
    cost: m.of(AdClicked).sum("cost", MONEY).unit("USD").describe("Paid for clicks"),
    revenue: m.of(AdConverted).sum("value", MONEY).unit("USD").describe("Brought in by conversions"),
  }),
  derive: {
    ctr: ratio("clicks", "impressions").unit("%").describe("Clicks per impression, as a fraction"),
    cpc: ratio("cost", "clicks").unit("USD").describe("Cost per click"),
  },
})

/** What a reading's 95th percentile should stay below, by metric. */
const LIMITS: Readonly<Record<string, number>> = { temperature: 80, vibration: 7 }

export const sensorHealth = actor("sensor_health", {
  version: 1,
  title: "Health of sensors",
  description: "What each sensor reads; an alert when the 95th percentile of a minute is above its metric's limit",
  on: [SensorReading],
  key: ["sensorId", "metric"],
  windows: [tumbling("1 minute")],
  measures: (m) => {
    const { p50, p95, p99 } = m.percentiles("value", ["p50", "p95", "p99"])
    return {
      readings: m.count().describe("Readings taken"),
      mean: m.mean("value").describe("Mean reading"),
      min: m.min("value").describe("Lowest reading"),
      max: m.max("value").describe("Highest reading"),
      last: m.last("value").describe("Newest reading, by event time"),
      p50: p50.describe("Half of the readings are at most this"),
      p95: p95.describe("95 of 100 readings are at most this"),
      p99: p99.describe("99 of 100 readings are at most this"),
    }
  },
  emits: [SensorAlert],
  onChange: ({ p95 }, { key, once }) => {
    const limit = LIMITS[key.metric]
    if (limit !== undefined && p95 !== null && p95 > limit) once("above", SensorAlert({ ...key, p95, limit }))
  },
})

export const pageTraffic = actor("page_traffic", {
  version: 1,
  title: "Traffic of pages",
  description: "Views of each page, from how many people, and how long it took to load",
  on: [PageViewed],
  key: "pageId",
  windows: [tumbling("1 minute"), tumbling("1 hour")],
  measures: (m) => {
    const { p50, p95, p99 } = m.percentiles("loadMs", ["p50", "p95", "p99"])
    return {
      views: m.count().describe("Times it was viewed"),
      uniqueVisitors: m.distinct("userId").describe("People who viewed it").unit("people"),
      loadP50: p50.unit("ms").describe("Half of the views loaded within this"),
      loadP95: p95.unit("ms").describe("95 of 100 views loaded within this"),
      loadP99: p99.unit("ms").describe("99 of 100 views loaded within this"),
    }
  },
})

export const searchTrends = actor("search_trends", {
  version: 1,
  title: "Searches per region",
  description: "What is searched for in each region, and how often nothing is found",
  on: [SearchQueried],
  key: "region",
  windows: [tumbling("10 minutes")],
  measures: (m) => ({
    searches: m.count().describe("Searches made"),
    uniqueUsers: m.distinct("userId").describe("People who searched").unit("people"),
    topQueries: m.top(20, { by: (e) => e.query.trim().toLowerCase() || undefined }).describe("Most frequent first"),
    noResultRate: m
      .mean((e) => (e.results === 0 ? 1 : 0))
      .unit("%")
      .describe("Searches that found nothing, as a fraction of all"),
  }),
})

/** Over every event type there is: an application's own among them. */
export function eventCountsOver(events: readonly SomeEvent[]): AnyActor {
  return actor("event_counts", {
    version: 1,
    title: "Events per type",
    description: "How many events of each type there have been, and from when to when",
    on: events,
    key: (e) => ({ type: e._tag }),
    keyNames: ["type"],
    windows: [tumbling("1 minute")],
    measures: (m) => ({
      events: m.count().describe("Events of this type"),
      firstAt: m.firstAt().describe("Time of the earliest one"),
      lastAt: m.lastAt().describe("Time of the latest one"),
    }),
  })
}

export const eventCounts = eventCountsOver(BUILTIN_EVENTS)

/** Those that others listen to come along. */
export const builtinActors: readonly AnyActor[] = [
  postEngagement,
  regionEngagement,
  userActivity,
  hashtagUse,
  trendingHashtags,
  keywordUse,
  trendingKeywords,
  adPerformance,
  sensorHealth,
  pageTraffic,
  searchTrends,
  eventCounts,
]

function everywhere<T extends object>(region: string, rest: T): readonly (T & { readonly region: string })[] {
  return [
    { region, ...rest },
    { region: EVERYWHERE, ...rest },
  ]
}
