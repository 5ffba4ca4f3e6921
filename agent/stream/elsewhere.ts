import type { Arrival, Port } from '../engine/types.ts'
import type { SessionClient } from './session-client.ts'
import type { Asked, ClosedWindow } from './types.ts'

/**
 * Answers to our own questions, sealed with our own key, from another address than was asked: a reflector on
 * a host of several addresses, or a NAT that rewrites. They are told and never taken. A stranger's
 * datagram repeats no question of ours and costs a look at its header; of those that do, one a
 * window is looked at and one a session is told, however many come.
 */
export class Elsewhere {
  readonly #port: Port
  readonly #client: Pick<SessionClient, 'answers' | 'voice'>
  readonly #tell: (from: Asked) => void
  #inWindow: Asked | undefined
  #told = false

  constructor(
    port: Port,
    client: Pick<SessionClient, 'answers' | 'voice'>,
    tell: (from: Asked) => void,
  ) {
    this.#port = port
    this.#client = client
    this.#tell = tell
  }

  hear(arrival: Arrival): void {
    if (this.#inWindow !== undefined || this.#client.answers) return
    const { bytes, offset, length } = arrival
    if (!this.#client.voice.isAnswer(bytes.subarray(offset, offset + length))) return
    const { address, port } = this.#port.peerOf(arrival)
    this.#inWindow = { address, port }
    if (!this.#told) this.#tell(this.#inWindow)
    this.#told = true
  }

  /** The far end answers from where it was asked. */
  over(): void {
    this.#inWindow = undefined
    this.#told = false
  }

  /** For the window that closes; the next one begins without. */
  take(): Pick<ClosedWindow, 'answeredFrom'> {
    const answeredFrom = this.#inWindow
    this.#inWindow = undefined
    return answeredFrom === undefined ? {} : { answeredFrom }
  }
}
