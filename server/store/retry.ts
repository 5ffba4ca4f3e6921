import { setTimeout as pause } from 'node:timers/promises'

/** How long one call goes on trying, and between which bounds it waits, milliseconds. */
const PATIENCE_MS = 4000
const FIRST_WAIT_MS = 10
const LONGEST_WAIT_MS = 500

/**
 * What a second try may mend: serialisation failures and deadlocks (SQLSTATE 40001, 40P01), a
 * connection that broke or could not be made (class 08, and the system's own words), a server that
 * shuts down or starts (57P01 to 57P03), connections used up (53300), and a locked SQLite file.
 */
const TRANSIENT =
  /^(40001|40P01|08...|57P0[123]|53300|SQLITE_BUSY(_.*)?|ECONNREFUSED|ECONNRESET|EPIPE|ENOENT|ETIMEDOUT)$/
/** The client's own errors have no code. */
const TRANSIENT_TEXT =
  /^(Connection terminated|Client has encountered a connection error|timeout exceeded when trying to connect|Query read timeout)/

/** True when the same call may succeed a moment later. `error` is whatever was thrown. */
export function isTransient(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  const code = 'code' in error ? String(error.code) : ''
  return TRANSIENT.test(code) || TRANSIENT_TEXT.test(error.message)
}

/**
 * Runs what is safe to repeat, again while it fails for a passing reason, with full jitter, for at
 * most `patienceMs`; then its last error is thrown. A commit whose answer was lost is repeated too,
 * which is why every method of the store must be idempotent.
 */
export async function retrying<T>(
  run: () => Promise<T>,
  patienceMs = PATIENCE_MS,
  transient: (error: unknown) => boolean = isTransient,
): Promise<T> {
  const end = performance.now() + patienceMs
  for (let wait = FIRST_WAIT_MS; ; wait = Math.min(2 * wait, LONGEST_WAIT_MS)) {
    try {
      return await run()
    } catch (error) {
      if (!transient(error) || performance.now() + wait > end) throw error
      await pause(wait * (0.5 + Math.random() / 2))
    }
  }
}
