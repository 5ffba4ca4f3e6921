/**
 * Bounds of the port probe. An attempt over TCP lasts long enough for one of the kernel's own
 * repeats (after 1 s, RFC 6298); silence, and only silence, is tried a second time. Over UDP one
 * attempt is three datagrams.
 */
export const TCP_TIMEOUT_MS = 1500
export const TCP_ATTEMPTS = 2
export const UDP_SEND_AT_MS: readonly number[] = [0, 250, 750]
export const UDP_TIMEOUT_MS = 1500
/** Ports under way at one time, of one protocol and far end. */
export const AT_ONCE = 64
/** While calls are measured, per far end: one after the other, so some ten packets a second. */
export const GENTLE_AT_ONCE = 1
export const GENTLE_PAUSE_MS = 500
/** Ports that the responder is told to dial at one time then, and the pause after them. */
export const GENTLE_ORDER = 4
export const GENTLE_ORDER_PAUSE_MS = 1000
/** How long the responder's dials are waited for, and how often they are asked after. */
export const DIALS_WITHIN_MS = 20_000
export const DIALS_EVERY_MS = 200
