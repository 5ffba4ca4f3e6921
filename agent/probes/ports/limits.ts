/** Silence over TCP, and only silence, is tried a second time. */
export const TCP_ATTEMPTS = 2
/** Ports under way at one time, of one protocol and far end. */
export const AT_ONCE = 64
/** While calls are measured, per far end: one after the other, so some ten packets a second. */
export const GENTLE_AT_ONCE = 1
export const GENTLE_PAUSE_MS = 500
/** Ports that the responder is told to dial at one time then, and the pause after them. */
export const GENTLE_ORDER = 4
export const GENTLE_ORDER_PAUSE_MS = 1000
/** How long the responder's dials are waited for, and how often they are asked after. */
export const DIALS_WITHIN_MS = 30_000
export const DIALS_EVERY_MS = 200
