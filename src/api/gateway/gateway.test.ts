import { request } from "node:http"
import { afterEach, expect, test } from "vitest"
import { systemClock } from "../../base/clock.ts"
import { Unreachable } from "../../base/errors.ts"
import { silentLogger } from "../../base/log.ts"
import { createMetrics, textOf } from "../../base/metrics.ts"
import { type Gateway, startGateway } from "./gateway.ts"
import type { Sources } from "./sources.ts"
import { batches, tailed, wellSources } from "./testing/sources.ts"

const open: Gateway[] = []
afterEach(async () => {
  for (const gateway of open.splice(0)) await gateway.drain(0)
})

async function started(sources: Sources = wellSources(), metrics = createMetrics()): Promise<Gateway> {
  const port = { port: 0, asked: true }
  const common = { version: "1.2.3", logger: silentLogger, clock: systemClock, metrics }
  const gateway = await startGateway({ host: "127.0.0.1", port, sources, ...common })
  open.push(gateway)
  return gateway
}

test("healthz says that the process is alive, whatever else is not", async () => {
  const { url } = await started(wellSources({ log: () => Promise.reject(new Error("away")) }))
  const answer = await fetch(`${url}/healthz`)
  expect(answer.status).toBe(200)
  expect(await answer.json()).toMatchObject({ ok: true, millrace: "1.2.3" })
})

test("readyz says 503 and which part does not hold, with what to do", async () => {
  const away = () => Promise.reject(new Unreachable({ operation: "ask nats", reason: "no answer" }))
  const fit = { part: "topology", hint: "apply it", check: async () => ({ ok: true, detail: "as declared" }) }
  const { url } = await started(wellSources({ checks: [{ part: "nats", hint: "start it", check: away }, fit] }))
  const answer = await fetch(`${url}/readyz`)
  expect(answer.status).toBe(503)
  expect(await answer.json()).toEqual({
    ready: false,
    checks: [
      { part: "nats", ok: false, detail: "ask nats: no answer", hint: "start it" },
      { part: "topology", ok: true, detail: "as declared" },
    ],
  })
})

test("the status has no log while the log cannot be asked, and everything else all the same", async () => {
  const { url } = await started(wellSources({ log: () => Promise.reject(new Error("away")) }))
  const report = await (await fetch(`${url}/admin/status`)).json()
  expect(report).toMatchObject({ version: 1, ready: true, log: null, servers: [], roles: [] })
})

test("the status has no engine, and says why, while lanes and shards cannot be read", async () => {
  const { url } = await started(wellSources({ engine: () => Promise.reject(new Error("the bucket is away")) }))
  const report = await (await fetch(`${url}/admin/status`)).json()
  expect(report).toMatchObject({ generation: null, lanes: [], shards: [], runners: [], counts: null })
  expect(report).toMatchObject({ engineUnknown: "the bucket is away", log: { lanes: [{ lane: 0 }] } })
})

test("many who ask for the status at once are answered from one look", async () => {
  let looks = 0
  const { log } = wellSources()
  const { url } = await started(
    wellSources({
      log: () => {
        looks++
        return log()
      },
    }),
  )
  await Promise.all(Array.from({ length: 20 }, async () => (await fetch(`${url}/admin/status`)).json()))
  expect(looks).toBe(1)
})

test("the page and every file it names are there, and may run only scripts of their own", async () => {
  const { url } = await started()
  const page = await fetch(url)
  const html = await page.text()
  expect(page.headers.get("content-security-policy")).toContain("script-src 'self'")
  expect(html).not.toMatch(/ style=| on[a-z]+=|<script>/)
  const named = [...html.matchAll(/(?:href|src)="(\/assets\/[^"]+)"/g)].map((match) => match[1]!)
  expect(named.length).toBeGreaterThan(2)
  const seen = new Set<string>()
  for (const path of named) await expectAssets(url, path, seen)
  expect(seen.size).toBeGreaterThan(8)
})

async function expectAssets(url: string, path: string, seen: Set<string>): Promise<void> {
  if (seen.has(path)) return
  seen.add(path)
  const answer = await fetch(`${url}${path}`)
  expect([path, answer.status]).toEqual([path, 200])
  const text = await answer.text()
  for (const [, name] of text.matchAll(/^import .* from "\.\/([^"]+)"/gm))
    await expectAssets(url, `/assets/${name}`, seen)
}

test("a file that is not of the page is not given out", async () => {
  const { url } = await started()
  for (const name of ["tsconfig.json", "..%2fgateway%2fgateway.ts", "%2e%2e%2freport.ts"]) {
    expect((await fetch(`${url}/assets/${name}`)).status).toBe(404)
  }
})

test("an unknown path is a problem document that names what there is", async () => {
  const { url } = await started()
  const answer = await fetch(`${url}/nowhere`)
  expect(answer.status).toBe(404)
  expect(answer.headers.get("content-type")).toBe("application/problem+json")
  expect(await answer.json()).toMatchObject({ status: 404, title: "Not Found", code: "NOT_FOUND" })
})

test("a wrong method is refused with the right ones; OPTIONS tells them; HEAD has no body", async () => {
  const { url } = await started()
  const wrong = await fetch(`${url}/readyz`, { method: "DELETE" })
  expect([wrong.status, wrong.headers.get("allow")]).toEqual([405, "GET, HEAD, OPTIONS"])
  const options = await fetch(`${url}/readyz`, { method: "OPTIONS" })
  expect([options.status, options.headers.get("allow")]).toEqual([204, "GET, HEAD, OPTIONS"])
  const head = await fetch(`${url}/healthz`, { method: "HEAD" })
  expect([head.status, await head.text()]).toEqual([200, ""])
  expect(Number(head.headers.get("content-length"))).toBeGreaterThan(10)
})

test("a request that names a foreign host is refused on loopback", async () => {
  const { url } = await started()
  expect(await statusWithHost(`${url}/admin/status`, "attacker.example")).toBe(421)
  expect(await statusWithHost(`${url}/admin/status`, "localhost:4000")).toBe(200)
})

function statusWithHost(url: string, host: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const asked = request(url, { headers: { host } }, (answer) => {
      answer.resume()
      answer.on("end", () => resolve(answer.statusCode))
    })
    asked.on("error", reject)
    asked.end()
  })
}

test("following gives an event a line, or server-sent events where asked for", async () => {
  const sources = wellSources({ tail: () => batches([{ events: [tailed(1), tailed(2)], skipped: 3 }]) })
  const { url } = await started(sources)
  const lines = await (await fetch(`${url}/admin/tail`)).text()
  expect(
    lines
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line)),
  ).toEqual([{ skipped: 3 }, tailed(1), tailed(2)])
  const stream = await fetch(`${url}/admin/tail`, { headers: { accept: "text/event-stream" } })
  expect(stream.headers.get("content-type")).toContain("text/event-stream")
  expect(await stream.text()).toContain(`event: skipped\ndata: {"skipped":3}\n\ndata: ${JSON.stringify(tailed(1))}\n\n`)
})

test("a page that wants the newest gets few of many, and the count of the others", async () => {
  const many = Array.from({ length: 500 }, (_, i) => tailed(i + 1))
  const { url } = await started(wellSources({ tail: () => batches([{ events: many, skipped: 5 }]) }))
  const lines = (await (await fetch(`${url}/admin/tail?newest=true`)).text()).trim().split("\n")
  expect(JSON.parse(lines[0]!)).toEqual({ skipped: 5 + 480 })
  expect(lines.slice(1).map((line) => JSON.parse(line).sequence)).toEqual(
    many.slice(-20).map(({ sequence }) => sequence),
  )
})

test("what is asked to follow is checked", async () => {
  const { url } = await started()
  for (const query of ["of=everything", "from=0", "from=x", "newest=maybe", "sine=1"]) {
    const answer = await fetch(`${url}/admin/tail?${query}`)
    expect([query, answer.status]).toEqual([query, 400])
  }
})

test("a failure while following ends the stream with its reason", async () => {
  async function* broken() {
    yield { events: [tailed(1)], skipped: 0 }
    throw new Unreachable({ operation: "read INGEST", reason: "trimmed" })
  }
  const { url } = await started(wellSources({ tail: broken }))
  const [, last] = (await (await fetch(`${url}/admin/tail`)).text()).trim().split("\n")
  expect(JSON.parse(last!)).toEqual({ problem: { code: "Unreachable", detail: "read INGEST: trimmed" } })
})

test("draining tells those who follow, and lets them go", async () => {
  let ended = false
  async function* forever(_: unknown, signal: AbortSignal) {
    yield { events: [tailed(1)], skipped: 0 }
    await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }))
    ended = true
  }
  const gateway = await started(wellSources({ tail: forever }))
  const answer = await fetch(`${gateway.url}/admin/tail`)
  await Promise.all([gateway.drain(5_000), expect(answer.text()).resolves.toContain("the gateway is stopping")])
  expect(ended).toBe(true)
  await expect(fetch(`${gateway.url}/healthz`)).rejects.toThrow("fetch failed")
})

test("a client that goes ends the reading for it", async () => {
  const ended = Promise.withResolvers<void>()
  async function* forever(_: unknown, signal: AbortSignal) {
    yield { events: [tailed(1)], skipped: 0 }
    await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }))
    ended.resolve()
  }
  const { url } = await started(wellSources({ tail: forever }))
  const leaving = new AbortController()
  const answer = await fetch(`${url}/admin/tail`, { signal: leaving.signal })
  await answer.body?.getReader().read()
  leaving.abort()
  await ended.promise
})

test("requests are counted by route, method and status; made-up paths and methods make no new series", async () => {
  const metrics = createMetrics()
  const { url } = await started(wellSources(), metrics)
  await fetch(`${url}/healthz`)
  for (const path of ["/a", "/b", "/c"]) await fetch(url + path, { method: "PROPFIND" })
  const text = textOf(await metrics.families())
  expect(text).toContain('millrace_http_requests_total{route="/healthz",method="GET",status="200"} 1')
  expect(text).toContain('millrace_http_requests_total{route="unknown",method="other",status="404"} 3')
})

test("a fault of ours is told without its inside", async () => {
  const roles = () => Promise.reject(new TypeError("secret inside"))
  const { url } = await started(wellSources({ roles }))
  const answer = await fetch(`${url}/admin/status`)
  expect(answer.status).toBe(500)
  expect(await answer.text()).not.toContain("secret")
})
