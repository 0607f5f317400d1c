/** Owns: what is measured of requests. Never: labels a client can make up: routes and methods are of our own tables. */

import type { Metrics } from "../../base/metrics.ts"

export interface ObservedRequest {
  /** A path of the route table, or "refused", "unknown". */
  readonly route: string
  readonly method: string | undefined
  readonly status: number
  readonly seconds: number
}

export type Observe = (request: ObservedRequest) => void

const METHODS = ["GET", "HEAD", "POST", "OPTIONS"]
const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5]

export function observeRequests(metrics: Metrics): Observe {
  const requests = metrics.counter({
    name: "millrace_http_requests_total",
    help: "Requests the gateway answered",
    labels: ["route", "method", "status"],
  })
  const seconds = metrics.histogram({
    name: "millrace_http_request_seconds",
    help: "From the request's head to the end of its answer; a stream's whole life",
    labels: ["route"],
    buckets: SECONDS,
  })
  return (request) => {
    const method = METHODS.find((known) => known === request.method) ?? "other"
    requests.add({ route: request.route, method, status: String(request.status) })
    seconds.observe({ route: request.route }, request.seconds)
  }
}
