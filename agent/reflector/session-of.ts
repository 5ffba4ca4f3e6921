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
