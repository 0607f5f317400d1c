/** Owns: the commands worth trying first, each to be copied with one press. Never: running them. */

import { byId, el, say } from "./dom.js"

const SHOW_COPIED_MS = 1500

const STEPS = [
  {
    says: "Publish an event",
    run: `npx millrace publish post_liked p1 '{"postId":"p1","userId":"u1","region":"eu"}'`,
  },
  {
    says: "Or with any NATS client",
    run: `nats pub ingest.default.post_liked.p1 '{"postId":"p1","userId":"u1","region":"eu"}'`,
  },
  { says: "Watch what arrives", run: "npx millrace tail" },
  { says: "Begin a project of your own", run: "npx millrace init my-project" },
]

export function drawSteps() {
  byId("steps").replaceChildren(
    ...STEPS.map(({ says, run }) => el("li", "step", el("p", "step-says", says), command(run, says))),
  )
}

/**
 * @param {string} run
 * @param {string} says
 */
function command(run, says) {
  const code = el("code", "command", run)
  code.tabIndex = 0
  const button = el("button", "button", "Copy")
  button.setAttribute("type", "button")
  button.setAttribute("aria-label", `Copy: ${says}`)
  button.addEventListener("click", () => void copy(run, code, button))
  return el("div", "command-line", code, button)
}

/**
 * Where the browser does not let a page write to the clipboard, the text is selected for a person to copy.
 * @param {string} text
 * @param {HTMLElement} code
 * @param {HTMLElement} button
 */
async function copy(text, code, button) {
  const copied = await navigator.clipboard?.writeText(text).then(
    () => true,
    () => false,
  )
  if (copied !== true) document.getSelection()?.selectAllChildren(code)
  say(button, copied === true ? "Copied" : "Selected")
  say(byId("announce"), copied === true ? "Copied to the clipboard." : "Selected; press copy on your keyboard.")
  setTimeout(() => say(button, "Copy"), SHOW_COPIED_MS)
}
