/** Owns: finding a module's imports in its text. Never: resolving packages. */

export interface Import {
  readonly from: string
  readonly typeOnly: boolean
}

const STATIC = /^[ \t]*(?:import|export)\s+(type\s+)?(?:[\w*{}\s,$]+?\s+from\s+)?["']([^"']+)["']/gm
const DYNAMIC = /\bimport\(\s*["']([^"']+)["']\s*,?\s*\)/g

export function importsOf(source: string): Import[] {
  const text = withoutComments(source)
  const statics = [...text.matchAll(STATIC)].map((match) => ({ from: match[2]!, typeOnly: match[1] !== undefined }))
  const dynamics = [...text.matchAll(DYNAMIC)].map((match) => ({ from: match[1]!, typeOnly: false }))
  return [...statics, ...dynamics]
}

export function withoutComments(source: string): string {
  return source.replace(/\/\*[\s\S]*?\*\//g, "").replace(/(^|\s)\/\/.*$/gm, "$1")
}
