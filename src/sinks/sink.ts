/**
 * The port to a place where views live. Declared here, run by projectors, proven by sink.contract.ts.
 * Owns: moving rows and a checkpoint forward together. Never: what the rows mean, or reading them for people.
 *
 * S1 rows and checkpoint move together, or the rows are guarded by their frame number and the checkpoint follows.
 * S4 a write whose `after` is not the stored checkpoint changes nothing and says who is right (Superseded).
 * S5 writing the same batch again leaves the same views.
 */

import { Failure, type FailureFields } from "../base/errors.ts"

export type Scalar = string | number | boolean | null | Date
export type Value = Scalar | bigint | readonly unknown[] | { readonly [name: string]: unknown }

export type ColumnType = "text" | "long" | "double" | "decimal" | "boolean" | "time" | "json"

export interface Column {
  readonly name: string
  readonly type: ColumnType
}

/** One physical table or collection. `rows` of one view never mix builds. */
export interface ViewShape {
  readonly name: string
  /** Together they identify a row; the first is always `tenant_id`. */
  readonly key: readonly Column[]
  readonly fields: readonly Column[]
}

export interface Row {
  readonly view: string
  readonly key: readonly Scalar[]
  /** In the order of the shape's fields; null deletes the row. */
  readonly fields: readonly Value[] | null
  /** The frame that wrote it, comparable within one build and shard. */
  readonly frame: number
}

export interface Batch {
  readonly projector: string
  readonly shard: number
  /** The checkpoint this batch follows, and the one it leads to: frame numbers. 0: nothing yet. */
  readonly after: number
  readonly upto: number
  /** At most one a key, the newest. */
  readonly rows: readonly Row[]
}

export interface Sink {
  /** Makes what is missing; refuses what is there with another shape. */
  prepare(views: readonly ViewShape[]): Promise<void>
  checkpoint(projector: string, shard: number): Promise<number>
  write(batch: Batch): Promise<void>
  /** For verify and tests: every live row of a view, in no promised order. */
  scan(view: string): AsyncIterable<Row>
  close(): Promise<void>
}

/** Another projector has moved this checkpoint: stop. */
export class Superseded extends Failure {
  override readonly name = "Superseded"
  readonly tag = "Superseded"
  readonly verdict = "stop"
  readonly checkpoint: number
  constructor(fields: FailureFields & { readonly checkpoint: number }) {
    super(fields)
    this.checkpoint = fields.checkpoint
  }
}

/** The sink cannot be reached or is overloaded: the same batch may be written later. */
export class SinkAway extends Failure {
  override readonly name = "SinkAway"
  readonly tag = "SinkAway"
  readonly verdict = "retry"
}

/** The sink will never take this row as it is. */
export class RowRefused extends Failure {
  override readonly name = "RowRefused"
  readonly tag = "RowRefused"
  readonly verdict = "refuse"
  readonly row: Row
  constructor(fields: FailureFields & { readonly row: Row }) {
    super(fields)
    this.row = fields.row
  }
}
