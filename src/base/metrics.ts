/**
 * Owns: a process's metrics, their plain form (to hand them to the supervisor), and Prometheus's text form.
 * Never: what is measured, or a label whose values grow with the traffic (keys, ids, tenants).
 *
 * M1 every name starts with `millrace_`; counters end in `_total`, and units come last (`_seconds`, `_bytes`).
 */

import { createServer } from "node:http"
import * as prometheus from "prom-client"
import { assert } from "./assert.ts"
import type { Port } from "./config.ts"
import { explain } from "./errors.ts"
import { close, listen } from "./listen.ts"

type Labels<L extends string> = Readonly<Record<L, string>>

interface Description<L extends string> {
  readonly name: string
  readonly help: string
  readonly labels?: readonly L[]
}

export interface Counter<L extends string> {
  add(labels: Labels<L>, by?: number): void
}

export interface Gauge<L extends string> {
  set(labels: Labels<L>, value: number): void
}

export interface Histogram<L extends string> {
  observe(labels: Labels<L>, value: number): void
}

export interface Metrics {
  counter<L extends string = never>(description: Description<L>): Counter<L>
  gauge<L extends string = never>(description: Description<L>): Gauge<L>
  /** `buckets`: upper bounds, rising. */
  histogram<L extends string = never>(
    description: Description<L> & { readonly buckets: readonly number[] },
  ): Histogram<L>
  families(): Promise<readonly Family[]>
}

export interface Sample {
  /** The family's name, or with `_bucket`, `_sum`, `_count`. */
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

export interface Family {
  readonly name: string
  readonly help: string
  readonly type: string
  readonly samples: readonly Sample[]
}

const NAME = /^millrace(_[a-z0-9]+)+$/

/** With the process's own: CPU, memory, event loop, garbage collection. */
export function createMetrics(): Metrics {
  const registry = new prometheus.Registry()
  prometheus.collectDefaultMetrics({ register: registry, prefix: "millrace_" })
  const described = <L extends string>({ name, help, labels }: Description<L>) => {
    assert(NAME.test(name), `a metric is named millrace_…, not ${name}`)
    return { name, help, labelNames: [...(labels ?? [])], registers: [registry] }
  }
  return {
    counter(description) {
      assert(description.name.endsWith("_total"), `a counter ends in _total, not ${description.name}`)
      const counter = new prometheus.Counter(described(description))
      return { add: (labels, by = 1) => counter.inc(labels, by) }
    },
    gauge(description) {
      const gauge = new prometheus.Gauge(described(description))
      return { set: (labels, value) => gauge.set(labels, value) }
    },
    histogram(description) {
      const histogram = new prometheus.Histogram({ ...described(description), buckets: [...description.buckets] })
      return { observe: (labels, value) => histogram.observe(labels, value) }
    },
    families: async () => (await registry.getMetricsAsJSON()).map(familyOf),
  }
}

interface PromSample {
  readonly value: number
  readonly labels: Partial<Record<string, string | number>>
  readonly metricName?: string
}

function familyOf(metric: prometheus.MetricObjectWithValues<PromSample>): Family {
  // The library types `type` as an enum of numbers, and fills it with words.
  const type = String(metric.type)
  const samples = metric.values.map(({ value, labels, metricName }) => ({
    name: metricName ?? metric.name,
    labels: Object.fromEntries(Object.entries(labels).map(([name, label]) => [name, String(label)])),
    value,
  }))
  return { name: metric.name, help: metric.help, type, samples }
}

/** The same family of several roles becomes one, each sample with its role. */
export function mergeFamilies(byRole: ReadonlyMap<string, readonly Family[]>): Family[] {
  const merged = new Map<string, Family & { samples: Sample[] }>()
  for (const [role, families] of byRole) {
    for (const family of families) {
      const known = merged.get(family.name) ?? { ...family, samples: [] }
      merged.set(family.name, known)
      for (const sample of family.samples) known.samples.push({ ...sample, labels: { ...sample.labels, role } })
    }
  }
  return [...merged.values()]
}

export const METRICS_CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

export function textOf(families: readonly Family[]): string {
  return families.map(familyText).join("\n")
}

function familyText({ name, help, type, samples }: Family): string {
  const lines = samples.map((sample) => `${sample.name}${labelText(sample.labels)} ${numberText(sample.value)}\n`)
  return `# HELP ${name} ${escapeHelp(help)}\n# TYPE ${name} ${type}\n${lines.join("")}`
}

function labelText(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escapeHelp(value).replaceAll('"', '\\"')}"`)
  return pairs.length === 0 ? "" : `{${pairs.join(",")}}`
}

function escapeHelp(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n")
}

function numberText(value: number): string {
  if (Number.isNaN(value)) return "NaN"
  if (!Number.isFinite(value)) return value > 0 ? "+Inf" : "-Inf"
  return String(value)
}

export interface MetricsServer {
  readonly url: string
  close(): Promise<void>
}

export async function serveMetrics(
  host: string,
  port: Port,
  families: () => Promise<readonly Family[]>,
): Promise<MetricsServer> {
  const server = createServer((request, response) => {
    if (request.url !== "/metrics") return void response.writeHead(404).end("there is /metrics\n")
    families().then(
      (gathered) => response.writeHead(200, { "content-type": METRICS_CONTENT_TYPE }).end(textOf(gathered)),
      (error: unknown) => response.writeHead(500).end(`${explain(error)}\n`),
    )
  })
  const url = await listen(server, { host, port, variable: "MILLRACE_METRICS_PORT" })
  return { url: `${url}/metrics`, close: () => close(server) }
}
