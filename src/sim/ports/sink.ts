/** Owns: the sink port over the simulated network. Never: what a sink does (sinks/memory/). */

import { STREAM_ANSWER_WITHIN_MS } from "../../base/limits.ts"
import { type Row, type Sink, SinkAway } from "../../sinks/sink.ts"
import type { Connection } from "../network.ts"

export function simulatedSink(connection: Connection, sink: Sink): Sink {
  const ask = <T>(what: string, serve: () => Promise<T>): Promise<T> =>
    connection.call({
      what,
      order: "sink",
      serve,
      timeoutMs: STREAM_ANSWER_WITHIN_MS,
      noAnswer: (reason) => new SinkAway({ operation: what, reason }),
    })
  return {
    prepare: (views) => ask("prepare views", () => sink.prepare(views)),
    checkpoint: (projector, shard) => ask(`checkpoint of shard ${shard}`, () => sink.checkpoint(projector, shard)),
    write: (batch) => ask(`write to frame ${batch.upto} of shard ${batch.shard}`, () => sink.write(batch)),
    async *scan(view) {
      yield* await ask(`scan ${view}`, () => all(sink.scan(view)))
    },
    close: async () => {},
  }
}

async function all(rows: AsyncIterable<Row>): Promise<readonly Row[]> {
  const found: Row[] = []
  for await (const row of rows) found.push(row)
  return found
}
