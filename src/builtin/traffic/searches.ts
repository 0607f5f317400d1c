/** Owns: what people search for, and how often nothing is found. */

import { chance } from "../../base/random.ts"
import { SearchQueried } from "../events.ts"
import type { Generate } from "./generate.ts"
import { world } from "./world.ts"

const NOTHING_FOUND = 0.08
const RESULTS_MOST = 500

export const generateSearch: Generate = (random) =>
  SearchQueried({
    query: world.hashtags(random, 2).join(" "),
    userId: world.user(random),
    region: world.region(random),
    results: chance(random, NOTHING_FOUND) ? 0 : 1 + Math.floor(random.next() * RESULTS_MOST),
  })
