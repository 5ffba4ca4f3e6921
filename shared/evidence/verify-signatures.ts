import { keyIdOf, verifyPayload } from './dsse.ts'
import { fromBase64 } from './octets.ts'
import type { VerifyTools } from './verify-items.ts'
import type { Signed } from './verify-runs.ts'
import type { Vkey } from './vkey.ts'

type Given = Pick<Signed, 'keys' | 'signatures' | 'payload'>

/** Holds signatures of DSSE envelopes against trusted keys, each key's hint computed once. */
export class Signatures {
  readonly #tools: VerifyTools
  readonly #ids = new Map<Vkey, string>()

  constructor(tools: VerifyTools) {
    this.#tools = tools
  }

  /** True when one of the keys is named as a signer: whether it signed is for `hold` to say. */
  name({ keys, signatures }: Omit<Given, 'payload'>): boolean {
    return signatures.some(({ keyid }) => keys.some((key) => this.idOf(key) === keyid))
  }

  /** True when one of the keys made one of the signatures. */
  hold(payloadType: string, { keys, signatures, payload }: Given): boolean {
    return signatures.some(({ keyid, sig }) => {
      const key = keys.find((one) => this.idOf(one) === keyid)
      const signature = fromBase64(sig)
      if (key === undefined || signature === null) return false
      return verifyPayload(this.#tools, key.publicKey, {
        ...{ payloadType, payload: payload(), signature },
      })
    })
  }

  idOf(key: Vkey): string {
    const known = this.#ids.get(key)
    if (known !== undefined) return known
    const id = keyIdOf(key.publicKey, this.#tools)
    this.#ids.set(key, id)
    return id
  }
}
