import { controlBytes } from './control.ts'
import { type Field, hex, layout, u32 } from './fields.ts'
import { refusedBody } from './session-open.ts'

/**
 * Keeping and ending a session. Both questions name it; `refused: unknown-session` with another boot
 * id tells the agent that the reflector was started anew, and with the limit {@link MOVED} that it knows
 * the session, opened from another address or port than the question came from: a NAT lies between.
 *
 * keep-alive: 0 | session id, 64 |     alive:  0 | boot id, 64 | 8 | lifetime left, seconds, 32 |
 * close:      0 | session id, 64 |     closed: 0 | boot id, 64 |
 */
export interface SessionName {
  readonly sessionId: string
}
export interface Alive {
  readonly bootId: string
  readonly lifetimeSeconds: number
}
export interface Closed {
  readonly bootId: string
}

/** In the place of a limit: the session is known, from another address or port. */
export const MOVED = 1

export const sessionNameBody: Field<SessionName> = layout<SessionName>({
  sessionId: hex(8),
})
export const aliveBody: Field<Alive> = layout<Alive>({
  bootId: hex(8),
  lifetimeSeconds: u32,
})
export const closedBody: Field<Closed> = layout<Closed>({ bootId: hex(8) })

/** Length of a keep-alive and of a close: that of their longest answer. */
export const SESSION_NAME_BYTES = Math.max(
  controlBytes(sessionNameBody),
  controlBytes(aliveBody),
  controlBytes(closedBody),
  controlBytes(refusedBody),
)
