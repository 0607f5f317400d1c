/**
 * Owns: the role that may read every view and change none. Never: who is in it, or passwords; that is the operator's.
 */

import { DatabaseError } from "pg"
import { explain } from "../../base/errors.ts"
import { type Connection, inTransaction, type Session } from "./connection.ts"
import { READER_ROLE, SCHEMA } from "./schema.ts"

const INSUFFICIENT_PRIVILEGE = "42501"

/** Roles belong to the whole server, so another database's projector may make it at the same moment. */
const MAKE = `
  DO $$ BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '${READER_ROLE}') THEN CREATE ROLE ${READER_ROLE} NOLOGIN; END IF;
  EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
  END $$`

const GRANT = [
  `GRANT USAGE ON SCHEMA ${SCHEMA} TO ${READER_ROLE}`,
  `GRANT SELECT ON ALL TABLES IN SCHEMA ${SCHEMA} TO ${READER_ROLE}`,
  `ALTER DEFAULT PRIVILEGES IN SCHEMA ${SCHEMA} GRANT SELECT ON TABLES TO ${READER_ROLE}`,
]

/** Where we may not make roles, views are there all the same. */
export async function makeReaderRole(session: Session, lock: (connection: Connection) => Promise<void>): Promise<void> {
  try {
    await inTransaction(session, async (connection) => {
      await lock(connection)
      for (const statement of [MAKE, ...GRANT]) await connection.query(statement)
    })
  } catch (error) {
    if (!(error instanceof DatabaseError && error.code === INSUFFICIENT_PRIVILEGE)) throw error
    session.logger.warn("the role that reads views could not be made", { role: READER_ROLE, reason: explain(error) })
  }
}
