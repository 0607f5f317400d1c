/**
 * Owns: the bounds of queues, retries, caches and waits, with their units and reasons.
 * Never: what can be set (config.ts), or parts of a wire format.
 */

// Local servers and roles (src/local/, src/base/role.ts)

/** A server that is not ready by then is taken for hanging. Postgres may have a log to replay after a crash. */
export const SERVER_READY_WITHIN_MS = 60_000
/** One probe of a server that is starting. */
export const READINESS_PROBE_MS = 2_000
export const READINESS_AGAIN_AFTER_MS = 10
/** Asked to end, a server gets this long before it is killed; roles drain what they have in flight. */
export const SERVER_STOP_WITHIN_MS = 10_000
export const ROLE_STOP_WITHIN_MS = 15_000
/** Each thing a role has open gets this long to close: below ROLE_STOP_WITHIN_MS. */
export const ROLE_CLOSE_EACH_WITHIN_MS = 5_000
/** A role that has not said that it is ready by then is taken for hanging. */
export const ROLE_READY_WITHIN_MS = 60_000
/** The same Ctrl-C may arrive twice (from the terminal and passed on by npm); later than this it is a second one. */
export const SIGNAL_ECHO_MS = 1_000
/** A child that dies this often within the window is not started again. */
export const CHILD_DEATHS_MAX = 5
export const CHILD_DEATHS_WINDOW_MS = 60_000
export const CHILD_RESTART_FIRST_MS = 100
export const CHILD_RESTART_MOST_MS = 5_000
export const LOGS_KEPT_PER_CHILD = 5
export const LAST_WORDS_BYTES = 8_192
export const LAST_WORDS_LINES = 15
/** A role that does not answer with its metrics by then is left out of that scrape. */
export const METRICS_ANSWER_WITHIN_MS = 2_000
/** How many ports after the usual one are tried when it is taken and nobody asked for it by name. */
export const PORTS_TRIED_MAX = 100
