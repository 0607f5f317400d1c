/** Owns: the servers: which, from where, and whether they answer. Never: credentials; addresses come without. */

import { byId, el, keyed, mark, part, say, slot } from "./dom.js"

/** @import { ServerStatus, StatusReport } from "../report.ts" */

/** @type {Readonly<Record<string, string>>} */
const TITLES = { nats: "NATS", postgres: "PostgreSQL", mongo: "MongoDB", documentdb: "DocumentDB" }

/** @param {StatusReport} report */
export function drawServers({ servers }) {
  byId("servers-empty").hidden = servers.length > 0
  say(byId("servers-empty"), "No server is known to this gateway.")
  keyed(byId("servers"), servers, ({ name }) => name, makeServer, updateServer)
}

/** @returns {HTMLElement} */
function makeServer() {
  const head = el("p", "row-head", slot("span", "dot", "dot"), slot("strong", "name"), slot("span", "version", "quiet"))
  part(head, "dot").setAttribute("aria-hidden", "true")
  return el("li", "row", head, slot("p", "state", "row-state"), slot("p", "detail", "quiet row-detail"))
}

/**
 * @param {HTMLElement} child
 * @param {ServerStatus} server
 */
function updateServer(child, server) {
  const unused = server.address === null
  mark(child, "data-state", unused ? "unused" : server.up ? "good" : "bad")
  say(part(child, "name"), titleOf(server))
  say(part(child, "version"), server.version ?? "")
  say(part(child, "state"), unused ? "not used here" : server.up ? "answers" : "does not answer")
  say(
    part(child, "detail"),
    [server.address, server.origin, restarts(server)].filter((text) => text !== null).join(" · "),
  )
}

/**
 * What answers as MongoDB may be another product, and is called by its name.
 * @param {ServerStatus} server
 */
function titleOf({ name, origin }) {
  return name === "mongo" && origin?.startsWith("FerretDB") ? "FerretDB, as MongoDB" : (TITLES[name] ?? name)
}

/** @param {ServerStatus} server */
function restarts({ restarts }) {
  if (restarts === null || restarts === 0) return null
  return restarts === 1 ? "restarted once" : `restarted ${restarts} times`
}
