/**
 * Owns: bringing a file from a URL, bounded in time and size and checked against a hash before anything uses it, and
 * unpacking archives. Never: which URLs.
 */

import { createHash } from "node:crypto"
import { explain } from "../../base/errors.ts"
import { FETCH_ANSWER_WITHIN_MS, FETCH_BYTES_MAX, FETCH_WITHIN_MS } from "../../base/limits.ts"
import { run, seconds, WayClosed, type Workbench } from "./workbench.ts"

/** Fails soon when the host does not answer: a machine without internet goes on at once. */
export async function download(bench: Workbench, doing: string, url: string): Promise<Uint8Array> {
  return within(bench, doing, url, async (signal, answered) => {
    const response = await fetch(url, { signal })
    answered()
    if (!response.ok) throw new WayClosed({ operation: doing, reason: `${url} answered ${response.status}` })
    const chunks: Uint8Array[] = []
    let bytes = 0
    for await (const chunk of response.body ?? []) {
      bytes += chunk.length
      if (bytes > FETCH_BYTES_MAX) throw new WayClosed({ operation: doing, reason: `${url} is larger than expected` })
      chunks.push(chunk)
    }
    return Buffer.concat(chunks)
  })
}

/** Whether the URL's host answers at all, in time. */
export async function answers(bench: Workbench, doing: string, url: string): Promise<void> {
  await within(bench, doing, url, async (signal, answered) => {
    const response = await fetch(url, { method: "HEAD", signal })
    answered()
    await response.body?.cancel()
  })
}

async function within<T>(
  { clock, signal }: Workbench,
  doing: string,
  url: string,
  work: (signal: AbortSignal, answered: () => void) => Promise<T>,
): Promise<T> {
  const cut = new AbortController()
  const bound = (ms: number, what: string) =>
    clock.after(ms, () => cut.abort(new Error(`${what} within ${seconds(ms)}`)))
  const answer = bound(FETCH_ANSWER_WITHIN_MS, "no answer")
  const whole = bound(FETCH_WITHIN_MS, "not done")
  try {
    return await work(signal === undefined ? cut.signal : AbortSignal.any([signal, cut.signal]), () => answer.cancel())
  } catch (error) {
    if (error instanceof WayClosed) throw error
    throw new WayClosed({ operation: doing, reason: `${new URL(url).host} is out of reach: ${explain(error)}` })
  } finally {
    answer.cancel()
    whole.cancel()
  }
}

export function requireHash(
  doing: string,
  file: string,
  bytes: Uint8Array,
  algorithm: "sha256" | "sha512",
  hash: string,
  encoding: "hex" | "base64",
): void {
  const found = createHash(algorithm).update(bytes).digest(encoding)
  if (found === hash) return
  throw new WayClosed({ operation: doing, reason: `${file} has the ${algorithm} ${found}, not ${hash}` })
}

/** `sums`: lines of "<hash>  <name>". */
export function hashIn(sums: string, name: string): string | undefined {
  const line = sums.split("\n").find((candidate) => candidate.trim().split(/\s+\*?/)[1] === name)
  return line?.trim().split(/\s+/)[0]
}

/** A .tar.gz whose one top folder is left out. */
export async function unpack(bench: Workbench, doing: string, archive: string, into: string): Promise<void> {
  await run(bench, { doing, file: "tar", arguments: ["-xzf", archive, "-C", into, "--strip-components=1"] })
}
