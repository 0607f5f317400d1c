/**
 * Owns: who and what the traffic is about: few of them busy, many quiet, the same for every seed.
 * Never: when something happens.
 */

import { pick, type Random } from "../../base/random.ts"
import { weighted, zipf } from "./zipf.ts"

const REGIONS = ["eu-west", "eu-central", "us-east", "us-west", "ap-south", "sa-east"]
const HASHTAGS =
  "nats streams kappa cats coffee music travel football cooking books films gaming science space running photography gardening cycling jazz art".split(
    " ",
  )
const WORDS =
  "love this great idea never thought about it nice shot where can I find more please share the recipe what a day totally agree so good wow thanks for posting interesting point".split(
    " ",
  )
const NAMES = ["Ada", "Ben", "Chloé", "Dmitri", "Eşref", "Fatima", "Goran", "Hana", "Inês", "Jún", "Kwame", "李雷"]
const COUNTRIES = ["DE", "FR", "US", "IN", "BR", "JP", "GB", "NG"]

const USERS = 5_000
const POSTS = 2_000
const CAMPAIGNS = 40
const PAGES = 300
const SENSORS = 60
/** A new post every so often, and it starts as the most popular one. */
const POST_EVERY_MS = 60_000

const userRank = zipf(USERS, 0.8)
const postRank = zipf(POSTS, 1.1)
const tagRank = zipf(HASHTAGS.length, 1)
const wordRank = zipf(WORDS.length, 0.7)
const campaignRank = zipf(CAMPAIGNS, 0.9)
const pageRank = zipf(PAGES, 1)
const plan = weighted([
  [80, "free"],
  [17, "plus"],
  [3, "team"],
])

export const world = {
  user: (random: Random) => `user-${userRank(random)}`,
  /** The newest post is the most popular. */
  post: (random: Random, now: number) => `post-${Math.floor(now / POST_EVERY_MS) - postRank(random)}`,
  region: (random: Random) => pick(random, REGIONS),
  hashtags: (random: Random, most: number) => some(random, most, () => HASHTAGS[tagRank(random)]!),
  words: (random: Random, most: number) => some(random, most, () => WORDS[wordRank(random)]!).join(" "),
  name: (random: Random) => pick(random, NAMES),
  country: (random: Random) => pick(random, COUNTRIES),
  plan,
  campaign: (random: Random) => campaignRank(random),
  page: (random: Random) => `page-${pageRank(random)}`,
  sensor: (random: Random) => Math.floor(random.next() * SENSORS),
} as const

/** One to `most` of them, each once. */
function some<T>(random: Random, most: number, one: () => T): readonly T[] {
  const count = 1 + Math.floor(random.next() * most)
  return [...new Set(Array.from({ length: count }, one))]
}
