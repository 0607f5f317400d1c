/** Owns: events to publish in a benchmark, made beforehand so that making them is not measured. Never: timing. */

import type { EventToPublish } from "../client/event.ts"

const POOL = 20_000
const REGIONS = ["eu-west", "us-east", "ap-south", "sa-east"]
const DEVICES = ["ios", "android", "web"]

/** Ten fields, some 100 bytes packed, spread over 5,000 keys. */
export function makeEvents(): readonly EventToPublish[] {
  return Array.from({ length: POOL }, (_, i) => {
    const pageId = `/articles/${(i * 7) % 5_000}`
    const data = {
      pageId,
      userId: `user-${(i * 7_919) % 100_000}`,
      region: REGIONS[i % REGIONS.length],
      device: DEVICES[i % DEVICES.length],
      sessionId: `s${((i * 31) % 1_000_000).toString(36)}`,
      loadMs: (i * 13) % 900,
      scroll: ((i * 17) % 1_000) / 1_000,
      signedIn: i % 3 === 0,
      visit: i % 50,
      n: i,
    }
    return { type: "page_viewed", key: pageId, data }
  })
}
