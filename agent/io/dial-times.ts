/** How long the two halves of a dial over TCP are waited for. */
export interface TcpTimes {
  readonly connectMs: number
  readonly answerMs: number
}

/**
 * A handshake is its kernel's: silence lasts for one of the kernel's own repeats (after 1 s, RFC 6298).
 * The answer is a program's, and one on a busy host may be seconds late: no filter is to be blamed.
 */
export const TCP_TIMES: TcpTimes = { connectMs: 1500, answerMs: 5000 }
/** Over UDP one attempt is three datagrams, and the answer is a program's as well. */
export const UDP_SEND_AT_MS: readonly number[] = [0, 250, 750]
export const UDP_TIMEOUT_MS = 3000
