import { Fault } from '../../../shared/errors.ts'
import type { Store } from '../store.ts'
import { threadStore } from '../thread/thread-store.ts'

/**
 * The store for more than one machine: any number of collectors over one PostgreSQL (or Citus).
 *
 * @param url `postgres://user:password@host:port/database`
 * @throws Fault STORE when the database cannot be reached or used; USAGE when it is no such URL
 */
export async function openPostgresStore(url: string, nowMs: number): Promise<Store> {
  checkUrl(url)
  return threadStore((role) => ({ dialect: 'postgres', url, role, nowMs }), 'DATABASE_URL')
}

const ESCAPE = 'in a password write % as %25, / as %2F, : as %3A, @ as %40, # as %23 and ? as %3F'

/** @throws Fault USAGE unless the text is a URL of PostgreSQL; it never quotes a password */
export function checkUrl(url: string): void {
  if (/^postgres(ql)?:\/\//.test(url) && (URL.canParse(url) || url.includes('@/'))) return
  const wanted = 'postgres://user:password@host:port/database'
  const scheme = /^[a-z][a-z0-9+.-]*:/i.exec(url)?.[0] ?? 'no URL'
  const ours = /^postgres(ql)?:$/i.test(scheme)
  const found = ours ? `${scheme} and something that cannot be read as a URL` : scheme
  throw new Fault('USAGE', 'DATABASE_URL (or --database)', wanted, found, ours ? ESCAPE : undefined)
}
