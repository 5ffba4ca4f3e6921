import type { Signer } from '../../shared/evidence/crypto.ts'
import type { Credentials } from './identity.ts'
import { rotateKey, rotationDueMs } from './rotate.ts'

/** The credentials of a running agent: whoever holds its signer signs with the key of the moment. */
export class LiveCredentials {
  #current: Credentials
  readonly signer: Signer

  constructor(first: Credentials) {
    this.#current = first
    const current = () => this.#current.signer
    this.signer = {
      get name() {
        return current().name
      },
      get publicKey() {
        return current().publicKey
      },
      sign: (message) => current().sign(message),
    }
  }

  readonly current = (): Credentials => this.#current

  /**
   * Changes the key when it is due: the agent's loop calls this now and then, best while nothing
   * waits in the spool. True when it was changed. @throws Error why it could not be; try again later
   */
  async rotateWhenDue(directory: string, nowMs: () => number, random: number): Promise<boolean> {
    const { identity } = this.#current
    if (nowMs() < rotationDueMs(identity, random)) return false
    this.#current = await rotateKey(directory, this.#current, nowMs)
    return true
  }
}
