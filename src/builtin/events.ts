/**
 * Owns: the events that Millrace brings along, as its contract lists them: the key field first.
 * Never: the actors that listen to them.
 */

import * as Schema from "effect/Schema"
import { event } from "../define/event.ts"

const text = (description: string) => Schema.String.annotate({ description })
const number = (description: string) => Schema.Finite.annotate({ description })

const userId = text("Who did it")
const region = text("Where it happened")
const postId = text("The post")
const hashtags = Schema.Array(Schema.String).annotate({ description: "Without the #" })
const campaignId = text("The campaign")
const metric = text("What is measured, such as temperature")
const onPost = { postId, userId, region }
const onAd = { campaignId, adId: text("The ad shown"), userId, region }

export const PostCreated = event("post_created", {
  version: 1,
  title: "Post created",
  description: "A user published a post",
  key: "postId",
  data: Schema.Struct({ ...onPost, hashtags }),
})

export const PostLiked = event("post_liked", {
  version: 1,
  title: "Post liked",
  description: "A user liked a post",
  key: "postId",
  data: Schema.Struct(onPost),
})

export const PostCommented = event("post_commented", {
  version: 1,
  title: "Post commented",
  description: "A user commented on a post",
  key: "postId",
  data: Schema.Struct({
    ...onPost,
    text: Schema.optionalKey(text("The comment")),
    hashtags: Schema.optionalKey(hashtags),
  }),
})

export const PostShared = event("post_shared", {
  version: 1,
  title: "Post shared",
  description: "A user shared a post",
  key: "postId",
  data: Schema.Struct(onPost),
})

export const UserProfile = event("user_profile", {
  version: 1,
  title: "User profile",
  description: "What is known of a user from now on",
  key: "userId",
  data: Schema.Struct({
    userId: text("The user"),
    name: text("How the user is shown"),
    country: text("Where the user lives"),
    plan: text("What the user pays for"),
  }),
})

export const UserAction = event("user_action", {
  version: 1,
  title: "User action",
  description: "A user did something that is no event of its own",
  key: "userId",
  data: Schema.Struct({ userId, action: text("What the user did"), region }),
})

export const AdImpression = event("ad_impression", {
  version: 1,
  title: "Ad impression",
  description: "An ad was shown",
  key: "campaignId",
  data: Schema.Struct(onAd),
})

export const AdClicked = event("ad_clicked", {
  version: 1,
  title: "Ad clicked",
  description: "An ad was clicked",
  key: "campaignId",
  data: Schema.Struct({ ...onAd, cost: number("What the click costs, in USD") }),
})

export const AdConverted = event("ad_converted", {
  version: 1,
  title: "Ad converted",
  description: "A click led to a sale",
  key: "campaignId",
  data: Schema.Struct({ ...onAd, value: number("What was sold, in USD") }),
})

export const CampaignUpdated = event("campaign_updated", {
  version: 1,
  title: "Campaign updated",
  description: "What a campaign is called and may spend from now on",
  key: "campaignId",
  data: Schema.Struct({ campaignId, name: text("How the campaign is shown"), budget: number("In USD") }),
})

export const SensorReading = event("sensor_reading", {
  version: 1,
  title: "Sensor reading",
  description: "A sensor measured something",
  key: "sensorId",
  data: Schema.Struct({
    sensorId: text("The sensor"),
    metric,
    value: number("What was measured"),
    unit: text("The unit of the value"),
  }),
})

export const SensorAlert = event("sensor_alert", {
  version: 1,
  title: "Sensor alert",
  description: "A sensor's 95th percentile went above its limit; emitted, once a window",
  key: "sensorId",
  data: Schema.Struct({
    sensorId: text("The sensor"),
    metric,
    p95: number("The 95th percentile of the window"),
    limit: number("What it went above"),
  }),
})

export const PageViewed = event("page_viewed", {
  version: 1,
  title: "Page viewed",
  description: "A user looked at a page",
  key: "pageId",
  data: Schema.Struct({ pageId: text("The page"), userId, region, loadMs: number("Until it could be used") }),
})

export const SearchQueried = event("search_queried", {
  version: 1,
  title: "Search queried",
  description: "A user searched for something",
  key: "query",
  data: Schema.Struct({ query: text("What for"), userId, region, results: number("How many were found") }),
})

export const SimpleEvent = event("simple_event", {
  version: 1,
  title: "Simple event",
  description: "Anything, in the short form POST /events?eventType=…&eventData=…",
  key: "eventType",
  data: Schema.Struct({ eventType: text("What kind of thing"), eventData: text("The thing, as text") }),
})

/** All of them, in the order of the contract. */
export const BUILTIN_EVENTS = [
  PostCreated,
  PostLiked,
  PostCommented,
  PostShared,
  UserProfile,
  UserAction,
  AdImpression,
  AdClicked,
  AdConverted,
  CampaignUpdated,
  SensorReading,
  SensorAlert,
  PageViewed,
  SearchQueried,
  SimpleEvent,
] as const
