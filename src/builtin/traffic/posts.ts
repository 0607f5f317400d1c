/** Owns: what people do with posts: many likes, some comments and shares, now and then a new post. */

import { chance, type Random } from "../../base/random.ts"
import { PostCommented, PostCreated, PostLiked, PostShared } from "../events.ts"
import type { Generate } from "./generate.ts"
import { world } from "./world.ts"
import { weighted } from "./zipf.ts"

const HASHTAGS_MOST = 3
const WORDS_MOST = 12
/** Of comments. */
const WITH_HASHTAGS = 0.3

const kinds = weighted<Generate>([
  [8, (random, now) => PostCreated({ ...onPost(random, now), hashtags: world.hashtags(random, HASHTAGS_MOST) })],
  [62, (random, now) => PostLiked(onPost(random, now))],
  [20, comment],
  [10, (random, now) => PostShared(onPost(random, now))],
])

export const generatePost: Generate = (random, now) => kinds(random)(random, now)

function onPost(random: Random, now: number) {
  return { postId: world.post(random, now), userId: world.user(random), region: world.region(random) }
}

function comment(random: Random, now: number) {
  const said = { ...onPost(random, now), text: world.words(random, WORDS_MOST) }
  return PostCommented(chance(random, WITH_HASHTAGS) ? { ...said, hashtags: world.hashtags(random, 1) } : said)
}
