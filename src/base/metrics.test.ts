import { expect, test } from "vitest"
import { Bug } from "./assert.ts"
import { parseFromRole } from "./channel.ts"
import { createMetrics, type Family, mergeFamilies, serveMetrics, textOf } from "./metrics.ts"

const family = (name: string, value: number, labels: Readonly<Record<string, string>> = {}): Family => ({
  name,
  help: `what ${name} is`,
  type: "gauge",
  samples: [{ name, labels, value }],
})

test("M1 a name that breaks the rules is a bug", () => {
  const metrics = createMetrics()
  expect(() => metrics.counter({ name: "events_total", help: "x" })).toThrow(Bug)
  expect(() => metrics.counter({ name: "millrace_events", help: "x" })).toThrow(Bug)
})

test("a process's metrics survive the way to its supervisor", async () => {
  const metrics = createMetrics()
  metrics.counter({ name: "millrace_events_total", help: "x", labels: ["type"] }).add({ type: "post_liked" }, 3)
  metrics.histogram({ name: "millrace_step_seconds", help: "x", buckets: [1, 2] }).observe({}, 1.5)
  const sent: unknown = JSON.parse(JSON.stringify({ kind: "metrics", id: 1, families: await metrics.families() }))
  const told = parseFromRole(sent)
  const text = told.kind === "metrics" ? textOf(told.families) : ""
  expect(text).toContain('millrace_events_total{type="post_liked"} 3\n')
  expect(text).toContain("# TYPE millrace_step_seconds histogram\n")
  expect(text).toContain('millrace_step_seconds_bucket{le="2"} 1\n')
  expect(text).toContain('millrace_step_seconds_bucket{le="+Inf"} 1\n')
  expect(text).toContain("millrace_process_resident_memory_bytes ")
})

test("the same family of two roles is one, with the role of each sample", () => {
  const merged = mergeFamilies(
    new Map([
      ["gateway", [family("millrace_lag", 1)]],
      ["runner", [family("millrace_lag", 2), family("millrace_other", 3)]],
    ]),
  )
  expect(merged.map(({ name }) => name)).toEqual(["millrace_lag", "millrace_other"])
  expect(textOf(merged).match(/^# TYPE millrace_lag/gm)).toHaveLength(1)
  expect(textOf(merged)).toContain('millrace_lag{role="gateway"} 1\nmillrace_lag{role="runner"} 2\n')
})

test("labels and values are escaped as Prometheus reads them", () => {
  const text = textOf([family("millrace_odd", Number.POSITIVE_INFINITY, { path: 'a"b\\c\nd' })])
  expect(text).toContain('millrace_odd{path="a\\"b\\\\c\\nd"} +Inf\n')
})

test("they are served on a free port, and nothing else is", async () => {
  const served = await serveMetrics("127.0.0.1", { port: 0, asked: true }, async () => [family("millrace_lag", 1)])
  try {
    const answer = await fetch(served.url)
    expect(answer.headers.get("content-type")).toContain("version=0.0.4")
    expect(await answer.text()).toContain("millrace_lag 1\n")
    expect((await fetch(served.url.replace("/metrics", "/"))).status).toBe(404)
  } finally {
    await served.close()
  }
})
