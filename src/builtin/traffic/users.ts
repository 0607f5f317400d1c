/** Owns: what people do besides, and what becomes known of them. */

import { pick } from "../../base/random.ts"
import { UserAction, UserProfile } from "../events.ts"
import type { Generate } from "./generate.ts"
import { world } from "./world.ts"
import { weighted } from "./zipf.ts"

const ACTIONS = ["login", "logout", "follow", "unfollow", "edit_profile", "open_app", "read_inbox"]

const kinds = weighted<Generate>([
  [
    85,
    (random) => UserAction({ userId: world.user(random), action: pick(random, ACTIONS), region: world.region(random) }),
  ],
  [
    15,
    (random) =>
      UserProfile({
        userId: world.user(random),
        name: world.name(random),
        country: world.country(random),
        plan: world.plan(random),
      }),
  ],
])

export const generateUser: Generate = (random, now) => kinds(random)(random, now)
