/** Owns: ads shown, some clicked, few leading to a sale, and campaigns that change. */

import type { Random } from "../../base/random.ts"
import { AdClicked, AdConverted, AdImpression, CampaignUpdated } from "../events.ts"
import type { Generate } from "./generate.ts"
import { world } from "./world.ts"
import { weighted } from "./zipf.ts"

const ADS_OF_A_CAMPAIGN = 5

const kinds = weighted<Generate>([
  [930, (random) => AdImpression(onAd(random))],
  [50, (random) => AdClicked({ ...onAd(random), cost: usd(0.05 + random.next() * 1.95) })],
  [10, (random) => AdConverted({ ...onAd(random), value: usd(5 + random.next() * 195) })],
  [10, campaign],
])

export const generateAd: Generate = (random, now) => kinds(random)(random, now)

function onAd(random: Random) {
  const number = world.campaign(random)
  const ad = Math.floor(random.next() * ADS_OF_A_CAMPAIGN)
  return {
    campaignId: `campaign-${number}`,
    adId: `ad-${number}-${ad}`,
    userId: world.user(random),
    region: world.region(random),
  }
}

function campaign(random: Random) {
  const number = world.campaign(random)
  const budget = 1_000 * (1 + Math.floor(random.next() * 50))
  return CampaignUpdated({ campaignId: `campaign-${number}`, name: `Campaign ${number}`, budget })
}

function usd(amount: number): number {
  return Math.round(amount * 100) / 100
}
