/** Owns: the files the status page is made of. Never: any other file of this machine. */

import { readAsset } from "../assets.ts"
import type { Route } from "../router.ts"

export function assetRoute(): Route {
  return { path: "/assets/*", methods: ["GET"], answer: ({ rest }) => readAsset(rest) }
}
