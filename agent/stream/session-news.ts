import type { KeyedHash } from '../../shared/wire/control.ts'
import type { Cookies } from '../../shared/wire/cookies.ts'
import type { Receipt } from '../../shared/wire/receipt.ts'
import { MOVED } from '../../shared/wire/session-keep.ts'
import type { Accept, Refused } from '../../shared/wire/session-open.ts'
import type { Statement } from '../../shared/wire/statement.ts'
import type { AccessKey } from './types.ts'

/** What the agent asks a reflector for. */
export interface SessionWants {
  readonly key: AccessKey
  readonly streams: number
  readonly payloadBytes: number
  readonly tos: number
}

export interface ClientMeans {
  readonly hash: KeyedHash
  readonly random: (bytes: number) => Uint8Array
  readonly send: (datagram: Uint8Array) => void
}

/** What a datagram or the passing of time has changed. */
export type SessionNews =
  | {
      readonly type: 'opened'
      readonly accept: Accept
      readonly cookies: Cookies
      readonly restarted: boolean
    }
  | { readonly type: 'lost'; readonly why: LostWhy }
  | { readonly type: 'refused'; readonly refused: Refused }
  | { readonly type: 'silent' }
  | { readonly type: 'heard-again' }
  | { readonly type: 'receipt'; readonly receipt: Receipt }
  | { readonly type: 'statement'; readonly statement: Statement }
  | { readonly type: 'closed' }

/** Why a reflector no longer knows a session, as a person reads it. */
export const LOST_WHY = {
  restarted: 'the reflector was restarted',
  moved: 'the reflector sees this host at another address or port: a NAT on the way changed it',
  gone: 'the session is gone',
} as const
export type LostWhy = keyof typeof LOST_WHY

/** The same as the cause of the gap that begins. */
export const LOST_CAUSE = {
  restarted: 'reflector-restart',
  moved: 'nat-moved',
  gone: 'no-session',
} as const

export function lostWhy({ bootId, limit }: Refused, ownBoot: string | undefined): LostWhy {
  if (bootId !== ownBoot) return 'restarted'
  return limit === MOVED ? 'moved' : 'gone'
}
