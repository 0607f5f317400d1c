/** Owns: about how much memory an instance takes. Never: exact, or slow: it is asked after every change. */

import type { Instance, OpenPane, WindowState } from "./instance.ts"

const INSTANCE_BYTES = 900
const WINDOW_BYTES = 140
const PANE_BYTES = 220
/** A sketch, a sum or a list, on the average of those that have one. */
const STATE_BYTES = 320
const INPUT_BYTES = 500
const ENTRY_BYTES = 120

export function residentBytes(instance: Instance): number {
  const { key, eras, windows, passed, tables, waiting, timers, state } = instance
  let bytes = INSTANCE_BYTES + 4 * key.length + panesBytes(eras)
  for (const window of windows) bytes += windowBytes(window)
  for (const window of passed) bytes += windowBytes(window)
  for (const versions of tables) bytes += 40 + versions.length * INPUT_BYTES
  if (state !== undefined) bytes += INPUT_BYTES * 2
  return bytes + waiting.length * INPUT_BYTES + timers.length * ENTRY_BYTES
}

function windowBytes({ panes, said }: WindowState): number {
  return WINDOW_BYTES + panesBytes(panes) + said.length * ENTRY_BYTES
}

function panesBytes(panes: readonly OpenPane[]): number {
  let bytes = 0
  for (const { pane, said } of panes) {
    bytes += PANE_BYTES + said.length * ENTRY_BYTES
    for (let i = 0; i < pane.length; i++) bytes += typeof pane[i] === "object" && pane[i] !== null ? STATE_BYTES : 8
  }
  return bytes
}
