import type { KeyedHash } from '../../shared/wire/control.ts'
import { deriveCookies } from '../../shared/wire/cookies.ts'
import { CODECS } from '../../shared/wire/rtp.ts'
import type { Open } from '../../shared/wire/session-open.ts'
import type { Peer } from '../engine/types.ts'
import { ArrivalsRing, MOST_STREAMS_WITH_ROWS, RING_BYTES } from './arrivals-ring.ts'
import type { Bounds, Granted } from './bounds.ts'
import type { KnownKey } from './keys.ts'
import type { ReflectorStanding } from './receipts.ts'
import { Session } from './session.ts'
import type { SessionTable } from './session-table.ts'

/** A session for an open that proved its source and fits the bounds; it is not in the table yet. */
export function makeSession(
  means: {
    readonly table: SessionTable
    readonly hash: KeyedHash
    readonly random: (bytes: number) => Uint8Array
    readonly standing: () => ReflectorStanding
    readonly bounds: Bounds
    /** Null: nothing is signed, so no arrival is kept. */
    readonly statements: object | null
  },
  asked: { readonly key: KnownKey; readonly peer: Peer; readonly nowNs: number },
  open: Open,
  slot: number,
  granted: Granted,
): Session {
  const { table, hash, random } = means
  const { clockSteps, receiveOverflows } = means.standing()
  const { key, peer, nowNs } = asked
  const id = Buffer.from(random(8)).toString('hex')
  const codec = Object.values(CODECS).find((c) => c.payloadBytes === open.payloadBytes)
  return new Session(
    {
      id,
      slot,
      keyId: key.id,
      nonce: open.nonce,
      token: open.token,
      peer,
      ssrcBase: table.freeSsrcBase(() => Buffer.from(random(4)).readUInt32BE()),
      payloadBytes: open.payloadBytes,
      payloadType: codec?.payloadType ?? 0,
      tos: open.tos,
      cookies: deriveCookies(open.nonce, open.token, id, key.secret, hash),
      granted,
      before: { clockSteps, receiveOverflows },
    },
    nowNs,
    means.statements === null ? null : ringFor(table, granted.streams, means.bounds.rowsMiB),
  )
}

/** Rows for a small session, as long as the memory for them lasts. */
function ringFor(table: SessionTable, streams: number, mostMiB: number): ArrivalsRing | null {
  if (streams > MOST_STREAMS_WITH_ROWS) return null
  let kept = streams
  for (const { rows, identity } of table.sessions())
    if (rows !== null) kept += identity.granted.streams
  return kept * RING_BYTES <= mostMiB * 2 ** 20 ? new ArrivalsRing(streams) : null
}
