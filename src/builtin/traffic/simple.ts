/** Owns: the odd thing that somebody sends in the short form. */

import { pick } from "../../base/random.ts"
import { SimpleEvent } from "../events.ts"
import type { Generate } from "./generate.ts"

const TYPES = ["Temperature", "Door", "Heartbeat"]

export const generateSimple: Generate = (random) =>
  SimpleEvent({ eventType: pick(random, TYPES), eventData: String(Math.floor(random.next() * 40)) })
