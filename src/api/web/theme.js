/** Owns: light, dark, or as the system says, remembered by this browser. Never: colours (page.css). */

import { byId, say } from "./dom.js"

const CHOICES = ["system", "light", "dark"]
const REMEMBERED = "millrace-theme"

export function startTheme() {
  const button = byId("theme")
  let choice = remembered()
  const show = () => {
    document.documentElement.dataset.theme = choice
    say(button, `Theme: ${choice}`)
  }
  button.addEventListener("click", () => {
    choice = CHOICES[(CHOICES.indexOf(choice) + 1) % CHOICES.length] ?? "system"
    localStorage.setItem(REMEMBERED, choice)
    show()
  })
  show()
}

function remembered() {
  const kept = localStorage.getItem(REMEMBERED)
  return CHOICES.find((choice) => choice === kept) ?? "system"
}
