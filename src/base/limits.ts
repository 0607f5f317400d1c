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
/** Making DocumentDB's extension runs some hundred scripts, once. */
export const EXTENSION_MADE_WITHIN_MS = 60_000
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
export const SUPERVISOR_ANSWER_WITHIN_MS = 1_000
/** How many ports after the usual one are tried when it is taken and nobody asked for it by name. */
export const PORTS_TRIED_MAX = 100

// Simulation (src/sim/)

/** Virtual wall clocks start here (2026-01-01), so that a run never shows the day it was made. */
export const SIM_EPOCH_MS = 1_767_225_600_000
/** What is kept of the way to a failure: a whole round, mostly; and what is shown of it. */
export const SIM_TRACE_LINES_MAX = 65_536
export const SIM_TRACE_LINES_SHOWN = 40
/** Virtual time does not let the real event loop in by itself: signals and sockets get a turn this often. */
export const SIM_STEPS_PER_TURN = 8_192
/** What a message takes at most, and a delayed or repeated one: far below DUPLICATE_WINDOW_MS, as on a real network. */
export const SIM_LATENCY_MS_MAX = 50
export const SIM_DELAY_MS_MAX = 4_000
/** Beyond DUPLICATE_WINDOW_MS, so that a woken process meets a stream that has forgotten its ids. */
export const SIM_PAUSE_MS_MAX = 45_000
/** A round is trouble for that many steps, then peace until all has come to rest. */
export const SIM_ROUND_STEPS_MIN = 2_000
export const SIM_ROUND_STEPS_MAX = 30_000
export const SIM_FINISH_STEPS_MAX = 200_000
export const SIM_VIOLATIONS_SHOWN_MAX = 10
/** Subjects of one connection whose order is looked after before the old ones are forgotten. */
export const SIM_ORDERS_MAX = 1_024

// The public wire shapes (src/wire/)

/** Lanes of the log of record, fixed: the stream's subject transform says the same number. */
export const LANES = 16
/** The length of a tenant's or a type's name. */
export const NAME_CHARS_MAX = 64
/** A key's percent-encoded token: subjects must stay short. */
export const KEY_TOKEN_CHARS_MAX = 512
/** Body and headers of a message: NATS's default max_payload (1 MiB), less what headers take. */
export const MESSAGE_BYTES_MAX = 1_048_576 - 4_096
export const BATCH_EVENTS_MAX = 4_096
export const BATCH_SHAPES_MAX = 1_024
export const SHAPE_FIELDS_MAX = 1_024
/** Of arrays and maps inside each other. */
export const NESTING_MAX = 64
/** Compiled row readers kept from batch to batch. */
export const SHAPES_CACHED_MAX = 1_024
/** Tenants whose selectors are kept. */
export const SELECTOR_TENANTS_CACHED_MAX = 1_024

// NATS connections (src/wire/nats/)

/** A first connection that does not stand by then is given up, with the reason. */
export const NATS_CONNECT_WITHIN_MS = 5_000
export const NATS_DIAL_WITHIN_MS = 2_000
export const NATS_RECONNECT_DELAY_MS = 200
/** Two pings without an answer end a connection that only looks alive. */
export const NATS_PING_EVERY_MS = 10_000

// The gateway and the commands (src/api/)

export const REQUEST_HEADER_BYTES_MAX = 16_384
export const REQUEST_HEADERS_WITHIN_MS = 10_000
export const REQUEST_WITHIN_MS = 30_000
export const GATEWAY_CONNECTIONS_MAX = 10_000
/** Below ROLE_CLOSE_EACH_WITHIN_MS, so that the gateway itself says what it cut off. */
export const GATEWAY_DRAIN_WITHIN_MS = 4_000
/** A client that takes nothing from its stream for this long is let go. */
export const SLOW_CLIENT_MS = 15_000
export const CHECK_WITHIN_MS = 2_000
/** However many look, the servers are asked for the status this often. */
export const STATUS_FRESH_MS = 500
export const TAILS_OPEN_MAX = 64
/** One that follows gets at most this many messages at a time. */
export const TAIL_BATCH_MESSAGES_MAX = 256
/** One that gives up the old so as to see the newest is never further behind. */
export const TAIL_NEWEST_MESSAGES_MAX = 256
/** Without events, something is sent this often: a broken connection is noticed. */
export const TAIL_SIGN_OF_LIFE_MS = 1_000
/** A page that shows the newest events gets so many at most, so often; the others are counted. */
export const TAIL_NEWEST_EVENTS_MAX = 20
export const TAIL_NEWEST_EVERY_MS = 250
export const ADMIN_ANSWER_WITHIN_MS = 10_000
/** How many events `publish --file` has under way at once. */
export const PUBLISH_FILE_AT_ONCE = 512
export const PUBLISH_LINE_CHARS_MAX = 2_000_000
export const PUBLISH_ERRORS_SHOWN = 20

// Events (src/define/, src/streams/decode.ts)

/** A type is a subject token, and part of table, field and metric names. */
export const EVENT_TYPE_CHARS_MAX = 64
/** PostgreSQL indexes keys up to about 2,700 bytes: several parts of one, percent-encoded UTF-8, should fit. */
export const EVENT_KEY_CHARS_MAX = 512
/** What is said about one event that failed its schema. */
export const ISSUES_PER_EVENT_MAX = 8
export const ISSUE_MESSAGE_CHARS_MAX = 200
/** A frame (512 KiB) has to hold an event as a fact, or a dead letter with all of it. */
export const EVENT_BYTES_MAX = 262_144
/** How far event time may lie after arrival: clocks that nobody sets drift by minutes, hours are a mistake. */
export const EVENT_AHEAD_MS_MAX = 600_000
/** 1970: window arithmetic and what it means to people start there. */
export const EVENT_TIME_MS_MIN = 0
/** How many messages `schema check` looks at unless it is asked for all, in how many stretches of the log. */
export const SCHEMA_CHECK_MESSAGES_MAX = 4_096
export const SCHEMA_CHECK_WINDOWS = 64
/** Failing events of one type and version that are shown, and types that are not declared. */
export const SCHEMA_CHECK_FAILURES_SHOWN = 5
export const SCHEMA_CHECK_UNKNOWN_TYPES_SHOWN = 100
export const SCHEMA_CHECK_VERSIONS_SHOWN = 4_096
/** The end of a stretch may have been deleted: a reader that finds nothing for this long has reached it. */
export const SCHEMA_CHECK_WAIT_MS = 1_000

// Streams and buckets (src/streams/)

/** Shards of a generation, unless it says otherwise. */
export const SHARDS = 16
/** While one generation takes over from another, both are on disk. */
export const GENERATIONS_AT_ONCE = 2
/** The largest message a stream takes, headers included: NATS's default max_payload. */
export const STREAM_MESSAGE_BYTES_MAX = 1_048_576
/** The largest value of the control bucket: leases, checkpoints, manifests. */
export const CONTROL_VALUE_BYTES_MAX = 262_144
/**
 * How long a stream remembers message ids: it has to cover a publisher's retries over the slowest leader election (9 s)
 * and a reconnect, twice. Each remembered id costs the server some 300 bytes, so not longer.
 */
export const DUPLICATE_WINDOW_MS = 20_000
/** A lease's expiry leaves a marker for this long. */
export const EXPIRY_MARKER_MS = 60_000
/** What one reader has asked the server for and not yet handed out. */
export const READ_AHEAD_MESSAGES_MAX = 4_096
export const READ_AHEAD_BYTES_MAX = 8_388_608
/** One pull, renewed when it is used up or over. */
export const READ_PULL_MS = 30_000
export const READ_HEARTBEAT_MS = 2_000
/** A pull that brought neither a message nor a heartbeat for this long is lost: three heartbeats. */
export const READ_SILENCE_MS_MAX = 6_000
/** The server forgets the consumer of a reader that is gone after this. */
export const READER_FORGOTTEN_AFTER_MS = 60_000
/** An idle reader asks this often up to where nothing was for it. */
export const READ_PROBE_EVERY_MS = 2_000
/** An append or a request without an answer by then has an unknown outcome. */
export const STREAM_ANSWER_WITHIN_MS = 5_000
/** One attempt to get a consumer back: short, so that the attempt after an election comes soon after it. */
export const READER_ATTEMPT_WITHIN_MS = 2_000
/** Between two attempts to get a consumer back. */
export const READER_RETRY_EVERY_MS = 100
/** The free space of the log's disk is looked at this often. */
export const DISK_LOOK_EVERY_MS = 1_000

// Finding, fetching and building servers (src/local/provision/)

/** A host that has not answered by then counts as out of reach, and the next way is tried. */
export const FETCH_ANSWER_WITHIN_MS = 4_000
export const FETCH_WITHIN_MS = 300_000
export const FETCH_BYTES_MAX = 256 * 1_048_576
/** The slowest step, a Go build with an empty module cache, took 70 s on two busy cores. */
export const PROVISION_STEP_WITHIN_MS = 900_000
/** `--version` of a binary, on a machine that is busy building others. */
export const VERSION_PROBE_WITHIN_MS = 20_000
export const PROVISION_PROGRESS_EVERY_MS = 10_000
/** What a failure shows of a child's output. */
export const PROVISION_TAIL_LINES = 15
export const PROVISION_OUTPUT_BYTES_MAX = 262_144
/** Another process that provisions the same entry is waited for this long. */
export const CACHE_LOCK_WITHIN_MS = 1_800_000
export const CACHE_LOCK_LOOK_EVERY_MS = 150
/** A lock from another host (a shared folder) is touched this often, and stale once it was not for the other. */
export const CACHE_LOCK_TOUCH_EVERY_MS = 5_000
export const CACHE_LOCK_STALE_AFTER_MS = 60_000
/** Packages unpacked at once. */
export const UNPACK_AT_ONCE = 2

// Lane to shard (src/streams/)

/** A segment is stamped, combined and skipped as one. Part of the wire format: BATCH_EVENTS_MAX / 256 fit a message. */
export const SEGMENT_EVENTS_MAX = 256
export const SEGMENTS_PER_MESSAGE_MAX = 256
/** Of a block of SEGMENT_EVENTS_MAX events: one, unless they are long. BATCH_EVENTS_MAX / 256 blocks fit a message. */
export const SEGMENTS_PER_BLOCK_MAX = 16
/** A segment is ended when it has about this size: with one more event it fits a message of SHARDS. */
export const SEGMENT_BYTES = 131_072
/** What one event may bring one actor, over all of its keys. */
export const EVENT_RECORDS_BYTES_MAX = 393_216

// Publishing (src/client/)

/** Fewer, larger messages cost less per event; beyond this little is gained and a retry gets dear. */
export const PUBLISH_BATCH_EVENTS = 500
export const PUBLISH_BATCH_BYTES = 262_144
/** How long the first event of a batch waits for company. */
export const PUBLISH_LINGER_MS = 1
/** Accepted and not settled; further calls wait. */
export const PUBLISH_IN_FLIGHT_EVENTS_MAX = 32_768
export const PUBLISH_IN_FLIGHT_BYTES_MAX = 67_108_864
/** Calls that wait for room; further ones are refused. */
export const PUBLISH_WAITING_CALLS_MAX = 65_536
/** After that a publish fails. Well below the 10 minutes for which the engine drops repeats of an id. */
export const PUBLISH_DELIVER_WITHIN_MS = 120_000
export const PUBLISH_DELIVER_WITHIN_MS_MOST = 300_000
export const PUBLISH_CLOSE_WITHIN_MS = 10_000
/** An answer to one attempt: longer than the slowest usual disk, shorter than a leader election. */
export const PUBLISH_ANSWER_WITHIN_MS = 5_000
export const PUBLISH_RETRY_FIRST_MS = 25
export const PUBLISH_RETRY_MOST_MS = 1_000
/** Slots of a lane when each event is a message: 4,096 in flight, of the 10,000 that one stream lets wait. */
export const PUBLISH_SINGLE_SLOTS_PER_LANE = 256
/** Tenants whose idle slots are kept. */
export const PUBLISH_TENANTS_CACHED_MAX = 1_024
/** Headers of one message, allowed for when its body is bounded. */
export const PUBLISH_HEADER_BYTES = 2_048
/** A reader without its consumer for longer than this says so (LogAway); shorter is a leader election. */
export const READER_AWAY_MS_MAX = 10_000
/** A log that seems to end before what was read is looked at again for this long: a new leader may be catching up. */
export const READER_REWOUND_FOR_MS = 5_000
export const READ_BATCH_MESSAGES = 1_024
/** Above STREAM_MESSAGE_BYTES_MAX, or the largest message would never come. */
export const READ_BATCH_BYTES = 2_097_152

// Actors (src/define/)

/** Instances that one event may reach in one actor: each is a record on its way to a shard. */
export const KEYS_PER_EVENT_MAX = 256
/** A sliding window is merged from so many slices, for every instance, at every step. */
export const WINDOW_SLICES_MAX = 360
/** Part of table names (63 bytes in PostgreSQL, with `_1h_by_5m_rollup_1h` behind it) and of the prefixes of GraphQL. */
export const ACTOR_NAME_CHARS_MAX = 40
export const FIELD_NAME_CHARS_MAX = 60
export const FIELDS_PER_ACTOR_MAX = 100
export const WINDOWS_PER_ACTOR_MAX = 8
export const GRACE_MS_MAX = 86_400_000
/** Up to so many keys a list gets them one by one; more, and a consumer brings them. */
export const LIST_GETS_IN_FLIGHT_MAX = 128
/** Keys of one list. */
export const LIST_KEYS_MAX = 1_000_000

// The demo traffic (src/builtin/)

export const DEMO_EVENTS_PER_SECOND = 200
/** Events are sent in small portions, this often. */
export const DEMO_PORTION_EVERY_MS = 50
/** After a pause (a sleeping laptop, a full log) it catches up with no more than this. */
export const DEMO_CATCH_UP_MS_MAX = 1_000
/** Ids of a lane that are written down together: 12 bytes each, well below a bucket's largest value. */
export const REPEATS_PER_CHUNK = 8_192

// Routing (src/streams/route/)

/** Messages of one shard that are under way at once; beyond, sections gather and messages grow. */
export const SHARD_MESSAGES_IN_FLIGHT_MAX = 2
/** A message to a shard, unless a single segment is larger; while so much waits to be cut, its lanes are not read on. */
export const SHARD_MESSAGE_BYTES = 131_072
/** What is routed waits this long for company before a shard is told; progress without records, this long. */
export const ROUTE_LINGER_MS = 5
export const ROUTE_PROGRESS_LINGER_MS = 40
/** Every shard tells every other, and says what it covers: with 16 shards that is 256 sections of a few hundred bytes. */
export const LOOP_PROGRESS_LINGER_MS = 500
/** Messages of a lane that are asked for at once. */
export const ROUTE_READ_MESSAGES_MAX = 64
/** While a lane's checkpoint waits for shards, or its log is to be left alone, it looks again this often. */
export const ROUTE_LOOK_EVERY_MS = 50
/** A lane whose checkpoint somebody else keeps writing is left to them after so many tries. */
export const LANE_TAKE_UP_TRIES_MAX = 5
/** A planned end waits this long for shards to acknowledge; then the next router routes some of it again. */
export const ROUTE_SETTLE_WITHIN_MS = 2_000
/** Routers of INGEST leave the rest of SHARDS and OUTBOX to the loop: above this part they stop, below that they go on. */
export const HIGH_WATER_PART = 0.8
export const LOW_WATER_PART = 0.7
export const HIGH_WATER_LOOK_EVERY_MS = 500
/** Windows of idle lanes close this much later than they could; each tick is a message of the log. */
export const TICK_EVERY_MS = 1_000
/** All loops of a runner together work this long before sockets get their turn. */
export const WORK_MS_MAX = 4
/** An idle reader looks again at whether its lane is still its own. */
export const ROUTE_READ_WAIT_MS = 1_000
/** A lane's checkpoint is at most this old while it moves: what a takeover routes again. */
export const LANE_CHECKPOINT_EVERY_MS = 2_000
/** Between two tries to append what a shard must be told. */
export const ROUTE_RETRY_MS = 100
/** Ids a lane remembers, and for how long: the contract's ten minutes and million. */
export const REPEAT_IDS_MAX = 1_000_000
export const REPEAT_WITHIN_MS = 600_000
/** How far behind the newest event a lane's watermark stays, unless configured. */
export const OUT_OF_ORDER_MS = 2_000
/** Of the log's disk this much stays free, or this part of it if that is less: publishers are refused before. */
export const DISK_RESERVE_BYTES = 1_073_741_824
export const DISK_RESERVE_PART = 0.05
/** A closed door opens again when this many times the reserve is free, so that it does not swing. */
export const DISK_REOPEN_TIMES = 1.25

// The shard's machine (src/actors/)

/** Instances that one step closes windows of: they are made resident together. */
export const STEP_CLOSINGS_MAX = 1_024
/** A frame is cut when it has about this size: with one more event (EVENT_BYTES_MAX) it stays below FRAME_BYTES_MAX. */
export const FRAME_CUT_BYTES = 196_608
export const FRAME_BYTES_MAX = 524_288
/** What one call of an actor's function may emit. */
export const EMITS_PER_STEP_MAX = 64
export const EMIT_BYTES_PER_STEP_MAX = 131_072
/** Timers that one instance has set, and the length of their names. */
export const TIMERS_PER_INSTANCE_MAX = 64
export const TIMER_NAME_CHARS_MAX = 100
/** A free-form state, encoded: it is in every frame that changes it. */
export const FREE_STATE_BYTES_MAX = 65_536
/** Names under which `once` has emitted in one window. */
export const ONCE_NAMES_PER_WINDOW_MAX = 64
/** Dead letters that a shard still knows, so that they can be redriven; older ones are forgotten first. */
export const OUTSTANDING_LETTERS_MAX = 16_384
/** As long as DEAD keeps the letters themselves. */
export const OUTSTANDING_LETTER_MS = 14 * 86_400_000

// Shards' loops (src/actors/worker.ts, outbox.ts, mailing.ts)

/** Messages of a shard that are asked for at once. */
export const SHARD_READ_MESSAGES_MAX = 64
/** An idle reader looks again at whether its work is still its own. */
export const READ_WAIT_MS = 1_000
/** While more is at hand, a frame that is not full gathers for this long. */
export const FRAME_GATHER_MS = 25
/** Between two tries to append a frame, or to read the last one. */
export const FRAME_RETRY_MS = 50
/** While a replay steps through what is committed already, what it would say is forgotten this often. */
export const REPLAY_FORGET_STEPS = 64
/** Between two tries to write letters into DEAD, and frames whose letters wait; beyond, they are read back. */
export const LETTERS_RETRY_MS = 500
export const LETTERS_WAITING_FRAMES_MAX = 64
export const MAILING_READ_MESSAGES = 32

// Sinks (src/sinks/)

/** A projector's connections to one Postgres; further writes wait for one of them. */
export const POSTGRES_CONNECTIONS_MAX = 4
export const POSTGRES_CONNECT_WITHIN_MS = 5_000
/** One statement, and a transaction that stands still: the server ends both, and lets go of their locks. */
export const POSTGRES_STATEMENT_WITHIN_MS = 30_000
/** No answer by then and the connection is given up: later than the server's own bound. */
export const POSTGRES_ANSWER_WITHIN_MS = 35_000
/** Rows of one statement: more gain little. A single row may be larger than the bytes. */
export const POSTGRES_STATEMENT_ROWS_MAX = 5_000
export const POSTGRES_STATEMENT_BYTES = 8_388_608
/** Rows that a scan holds. */
export const SCAN_ROWS = 1_000

// Runners (src/actors/membership.ts, runner.ts)

/**
 * Without a sign of life for this long (and up to 250 ms more) a runner is taken for gone. A server offers 1 s, but on a
 * starved machine rounds take that long, and runners would take shards from each other all the time.
 */
export const SESSION_TTL_MS = 2_000
/** A sign of life, and a look at who else is there: several within the time above. */
export const SESSION_ROUND_MS = 400
/** Nothing moves for the sake of balance before the same runners have been there for this long. */
export const REBALANCE_AFTER_MS = 1_500
/** What another runner still has to let go of is asked for this often. */
export const CLAIM_AGAIN_MS = 40
export const MEMBERS_MAX = 256
/** A worker that ended while its shard is still this runner's is followed by another after this. */
export const WORKER_AGAIN_MS = 100
/** A runner that leaves hands over within this; below ROLE_CLOSE_EACH_WITHIN_MS. */
export const LEAVE_WITHIN_MS = 4_000
/** The lag of lanes and shards is looked at this often, for metrics. */
export const LAG_LOOK_EVERY_MS = 5_000
/** Connections that a projector's documents are spread over, each document always on the same; more gain nothing. */
export const MONGO_CONNECTIONS = 2
export const MONGO_CONNECT_WITHIN_MS = 5_000
/** A socket that is silent for this long, or a call that waits this long for its turn, counts as lost. */
export const MONGO_ANSWER_WITHIN_MS = 35_000
/** A majority that has not written by then: the answer is that it is not known. */
export const MONGO_MAJORITY_WITHIN_MS = 30_000
/** Documents of one call. */
export const MONGO_CALL_WRITES_MAX = 1_000
/** How long a deleted document still keeps older writes out. */
export const TOMBSTONE_MS = 86_400_000

// A shard's state: spilling, snapshots, recovery (src/actors/spill/, snapshot/, recovery.ts)

/** Instances that a runner keeps in memory, about, over all its shards; beyond, the least used go to local files. */
export const RESIDENT_BYTES_PER_RUNNER = 67_108_864
/**
 * What a runner's process is started with. Left to itself the engine below lets garbage pile up to several times what
 * is alive; young objects are short-lived here, so that a small space for them costs little.
 */
export const RUNNER_NODE_FLAGS = ["--max-old-space-size=768", "--max-semi-space-size=8"] as const
/** A local file for spilling is written in portions, in segments that are given up and used again as wholes. */
export const SPILL_CHUNK_BYTES = 131_072
export const SPILL_SEGMENT_BYTES = 4_194_304
/** A larger instance stays in memory. */
export const SPILL_RECORD_BYTES_MAX = 1_000_000
/** Portions on their way to the file; beyond, the shard waits. */
export const SPILL_CHUNKS_IN_FLIGHT_MAX = 4
/** Deadlines that are not near are kept as bytes: in portions of a file, and so much of a shard's in memory. */
export const DEADLINE_BLOCK_BYTES = 8_192
export const DEADLINE_BUFFER_BYTES_MAX = 1_048_576
/** A stretch of time with no more deadlines than this is taken up whole. */
export const DEADLINES_NEAR_MAX = 2_048
/** The largest value of the state bucket that we write: well below what a message may be. */
export const STATE_VALUE_BYTES_MAX = 524_288
/** A page of instances is split when it is larger; a single instance may be. */
export const PAGE_BYTES_MAX = 65_536
/** Small neighbours are folded into one, so many at most. */
export const PAGES_PER_FOLD_MAX = 16
/** Of a page, by stage: times of deadlines that a manifest tells. */
export const PAGE_DEADLINES_MAX = 6
/** A delta is written in portions of about this size. */
export const DELTA_CHUNK_BYTES = 131_072
/** A snapshot is made at the next frame when the last one is so old, or so much has changed or was committed since. */
export const SNAPSHOT_EVERY_MS = 10_000
export const SNAPSHOT_DELTA_BYTES = 2_097_152
export const SNAPSHOT_TAIL_BYTES = 33_554_432
/** Deltas are folded into pages once they are larger than this, and than this part of the pages: what a takeover reads. */
export const FOLD_BYTES_MIN = 1_048_576
export const FOLD_PART = 0.5
/** One snapshot folds this many times the bytes that it adds, so that folding keeps up; and so much at least. */
export const FOLD_TIMES = 4
export const FOLD_STEP_BYTES_MIN = 1_048_576
/** Deltas that are not folded yet; at this many one snapshot folds all the rest. */
export const DELTAS_MAX = 48
/** Between two tries to write a snapshot. */
export const SNAPSHOT_RETRY_MS = 500
/** Values of a snapshot that are read or removed at once. */
export const STATE_READS_AT_ONCE = 16
/** SHARDS is trimmed this often. */
export const SHARDS_TRIM_EVERY_MS = 10_000

// millrace dev (src/local/dev/, src/dev.role.ts)

/** An edit is taken up once nothing has changed for so long, or after the second of these if it never ends. */
export const DEV_SETTLE_QUIET_MS = 150
export const DEV_SETTLE_MOST_MS = 2_000
/** Files of one module that are watched. */
export const DEV_FILES_MAX = 2_048
/** Loading the actors and comparing them, in a process of their own. */
export const DEV_CHECK_WITHIN_MS = 30_000
