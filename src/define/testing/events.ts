/** Owns: the events that this folder's own tests listen to. Never: what ships (src/builtin/). */

import * as Schema from "effect/Schema"
import { event } from "../event.ts"

const Text = Schema.String
const user = { userId: Text, region: Text }
const post = { postId: Text, ...user }
const ad = { campaignId: Text, adId: Text, ...user }
const tags = Schema.Array(Text)

export const PostCreated = event("post_created", {
  version: 1,
  key: "postId",
  data: Schema.Struct({ ...post, hashtags: tags }),
})
export const PostLiked = event("post_liked", { version: 1, key: "postId", data: Schema.Struct(post) })
export const PostCommented = event("post_commented", {
  version: 1,
  key: "postId",
  data: Schema.Struct({ ...post, text: Schema.optionalKey(Text), hashtags: Schema.optionalKey(tags) }),
})
export const PostShared = event("post_shared", { version: 1, key: "postId", data: Schema.Struct(post) })
export const UserProfile = event("user_profile", {
  version: 1,
  key: "userId",
  data: Schema.Struct({ userId: Text, name: Text, country: Text, plan: Text }),
})
export const AdImpression = event("ad_impression", { version: 1, key: "campaignId", data: Schema.Struct(ad) })
export const AdClicked = event("ad_clicked", {
  version: 1,
  key: "campaignId",
  data: Schema.Struct({ ...ad, cost: Schema.Finite }),
})
export const CampaignUpdated = event("campaign_updated", {
  version: 1,
  key: "campaignId",
  data: Schema.Struct({ campaignId: Text, name: Text, budget: Schema.Finite, startsAt: Schema.Date }),
})
export const SensorReading = event("sensor_reading", {
  version: 1,
  key: "sensorId",
  data: Schema.Struct({ sensorId: Text, metric: Text, value: Schema.Finite, unit: Text }),
})
export const SensorAlert = event("sensor_alert", {
  version: 1,
  key: "sensorId",
  data: Schema.Struct({ sensorId: Text, metric: Text, p95: Schema.Finite, limit: Schema.Finite }),
})
