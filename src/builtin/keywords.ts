/** Owns: which words of a text count as keywords. Never: ranking them. */

const WORDS = /[\p{L}\p{N}][\p{L}\p{N}'-]*/gu
const LETTERS_MIN = 3
const LETTERS_MAX = 40
/** Of one text: each becomes two keys. */
const KEYWORDS_MAX = 50

/** Words that say nothing about a subject. */
const COMMON = new Set(
  (
    "the and for are but not you all any can her was one our out has had him his how its may new now old see two who " +
    "did get let put say she too use that this with have from they will would there their what about which when make " +
    "like just into your some could them than then these only over also back after because been were more very much"
  ).split(" "),
)

/** Lower-case, each once, in the order of the text. */
export function keywordsOf(text: string): readonly string[] {
  const keywords = new Set<string>()
  for (const [word] of text.toLowerCase().matchAll(WORDS)) {
    if (word.length < LETTERS_MIN || word.length > LETTERS_MAX || COMMON.has(word)) continue
    keywords.add(word)
    if (keywords.size === KEYWORDS_MAX) break
  }
  return [...keywords]
}
