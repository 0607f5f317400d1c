/** Owns: about how long a value is in wire form, cheaply. Never: exact to the byte. */

export function roughBytes(value: unknown): number {
  if (typeof value === "string") return value.length + 3
  if (typeof value === "number") return Number.isInteger(value) && Math.abs(value) < 65_536 ? 3 : 9
  if (typeof value !== "object" || value === null) return 1
  if (value instanceof Uint8Array) return value.length + 3
  if (Array.isArray(value)) return value.reduce((sum: number, each) => sum + roughBytes(each), 3)
  return Object.entries(value).reduce((sum, [name, each]) => sum + name.length + 2 + roughBytes(each), 3)
}
