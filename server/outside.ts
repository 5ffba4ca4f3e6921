import { isTransient } from './store/retry.ts'

/**
 * What the host's disk and rights do (the system's words and SQLite's), and what a PostgreSQL server does
 * to those who ask it: it is away, full, only to be read, or does not let them in or do it (SQLSTATE).
 */
const OUTSIDE = new RegExp(
  [
    'E(ACCES|PERM|ROFS|NOSPC|DQUOT|IO|MFILE|NFILE|HOSTUNREACH|NETUNREACH|AI_AGAIN|NOTFOUND)',
    'SQLITE_(FULL|READONLY|CANTOPEN|IOERR|PERM|CORRUPT|NOTADB|NOMEM)(_.*)?',
    '53...|57...|58...|28...|3D000|25006|42501',
  ]
    .map((codes) => `^(${codes})$`)
    .join('|'),
)

/**
 * True when the disk, the host's rights or the database's server failed, and not this program: then its
 * words say what there is to mend, and where in the program it was met helps nobody.
 */
export function isOutside(error: unknown): error is Error & { readonly code?: unknown } {
  if (!(error instanceof Error)) return false
  const code = 'code' in error ? String(error.code) : ''
  return OUTSIDE.test(code) || isTransient(error)
}
