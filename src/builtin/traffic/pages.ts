/** Owns: pages looked at, mostly quick to load, some slow. */

import { PageViewed } from "../events.ts"
import type { Generate } from "./generate.ts"
import { world } from "./world.ts"

const QUICKEST_MS = 40
const TAIL_MS = 180

export const generatePage: Generate = (random) =>
  PageViewed({
    pageId: world.page(random),
    userId: world.user(random),
    region: world.region(random),
    loadMs: Math.round(QUICKEST_MS - TAIL_MS * Math.log(1 - random.next())),
  })
