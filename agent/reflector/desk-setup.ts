import type { ControlHeader, KeyedHash } from '../../shared/wire/control.ts'
import type { Capabilities, Peer } from '../engine/types.ts'
import type { Bounds } from './bounds.ts'
import type { Counters } from './counters.ts'
import type { KnownKey } from './keys.ts'
import type { ReflectorStanding } from './receipts.ts'
import type { AskedPorts } from './responder/responder.ts'
import type { SessionTable } from './session-table.ts'
import type { Statements } from './statements.ts'

/** What the control desk is given: tables, bounds and hash; it has no socket and no clock. */
export interface DeskSetup {
  readonly bounds: Bounds
  readonly table: SessionTable
  readonly counters: Counters
  readonly hash: KeyedHash
  readonly random: (bytes: number) => Uint8Array
  readonly capabilities: Capabilities
  readonly bootId: string
  readonly standing: () => ReflectorStanding
  /** Null where the reflector has no key to sign with. */
  readonly statements: Statements | null
  /** Hands a question to the responder, which answers later; null where there is none. */
  readonly askResponder: ((asked: AskedPorts, header: ControlHeader) => void) | null
}

/** One control message and whose it is. */
export interface Question {
  readonly datagram: Uint8Array
  readonly header: ControlHeader
  readonly key: KnownKey
  readonly peer: Peer
  readonly nowNs: number
}
