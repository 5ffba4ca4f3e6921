import { MOVED } from '../../shared/wire/session-keep.ts'
import type { RefusedReason } from '../../shared/wire/session-open.ts'
import type { Question } from './desk-setup.ts'
import type { Session } from './session.ts'
import type { SessionTable } from './session-table.ts'

/** The session of that id: it answers only to its own key and the address that opened it. */
export function sessionOf(
  table: SessionTable,
  { key, peer, nowNs }: Question,
  id: string,
): Session | undefined {
  const session = table.byId(id)
  if (session === undefined || session.identity.keyId !== key.id) return undefined
  const opener = session.identity.peer
  if (opener.address !== peer.address || opener.port !== peer.port) return undefined
  session.lastHeardNs = nowNs
  return session
}

/** Why it is none of the asker's; who holds its key is told where another address or port opened it. */
export function unknownFor(
  table: SessionTable,
  { key }: Question,
  id: string,
): [reason: RefusedReason, limit: number] {
  if (key.revoked) return ['revoked-key', 0]
  return ['unknown-session', table.byId(id)?.identity.keyId === key.id ? MOVED : 0]
}
