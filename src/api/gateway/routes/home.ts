/** Owns: the status page at `/`. Never: its looks and manners; those are in src/api/web/. */

import { readAsset } from "../assets.ts"
import type { Route } from "../router.ts"

export function homeRoute(): Route {
  return { path: "/", methods: ["GET"], answer: () => readAsset("index.html") }
}
