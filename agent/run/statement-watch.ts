import { keyIdOf, verifyPayload } from '../../shared/evidence/dsse.ts'
import { reflectorKeyName } from '../../shared/evidence/key-names.ts'
import { keysOf } from '../../shared/evidence/named-keys.ts'
import { nodeCrypto } from '../../shared/evidence/node-crypto.ts'
import { parseVkey, type Vkey } from '../../shared/evidence/vkey.ts'
import type { Site } from '../../shared/profile/site.ts'
import type { SignedReceipt, StreamEvidence } from '../../shared/record/receipt.ts'
import type { Log } from '../log.ts'

/** `fits`, `changed` (the key is named, and did not sign this), or the name and id of another key. */
type Held = 'fits' | 'changed' | `key ${string}`

/**
 * Holds each statement of a reflector against the keys that the site names for its far end, and tells
 * the operator when that comes out otherwise than before. Nothing is dropped: a statement under
 * another key goes into the record as it came, and is whoever's to judge.
 */
export class StatementWatch {
  readonly #log: Log
  /** By far end, or `segment NAME`. */
  readonly #keys: ReadonlyMap<string, readonly Vkey[]>
  readonly #last = new Map<string, Held>()

  constructor(site: Site, log: Log) {
    this.#log = log
    this.#keys = new Map(keysOf(site).map(({ place, keys }) => [place, readable(keys)]))
  }

  /**
   * Looks at the statements of a minute's stream, or of a step of load.
   * @param run whose step it was; left out: it is of a minute
   */
  look({ farEnd, segment, receipts }: StreamEvidence, run?: string): void {
    const place = segment === undefined ? farEnd : `segment ${segment}`
    const keys = this.#keys.get(place) ?? []
    if (keys.length === 0) return
    for (const receipt of receipts) {
      const held = heldAgainst(keys, receipt)
      if (this.#last.get(place) === held) continue
      this.#last.set(place, held)
      const whose = { farEnd, ...(segment === undefined ? {} : { segment }) }
      this.#tell({ ...whose, ...(run === undefined ? {} : { run }) }, held)
    }
  }

  #tell(whose: { readonly [fact: string]: string }, held: Held): void {
    if (held === 'fits') {
      this.#log.info('the reflector signs with a key that the site names', whose)
      return
    }
    const mend =
      'ask its operator for the output of voip-ready reflector key show, and mend reflectorKeys of the site'
    const facts = { ...whose, mend }
    if (held === 'changed') {
      this.#log.error('what the reflector signed was changed on its way', facts)
    } else {
      const signs = { ...facts, signs: held }
      this.#log.error('the reflector signs with another key than the site names', signs)
    }
  }
}

function readable(written: readonly string[]): Vkey[] {
  return written.flatMap((one) => {
    const key = parseVkey(nodeCrypto, one)
    return key.ok ? [key.value] : []
  })
}

function heldAgainst(keys: readonly Vkey[], receipt: SignedReceipt): Held {
  const { payloadType, signatures } = receipt
  const [{ keyid, sig }] = signatures
  const payload = Buffer.from(receipt.payload, 'base64')
  const name = nameIn(payload)
  const key = keys.find((one) => one.name === name && keyIdOf(one.publicKey, nodeCrypto) === keyid)
  if (key === undefined) return `key ${keyid} of ${name}`
  const signature = Buffer.from(sig, 'base64')
  const signed = { payloadType, payload, signature }
  return verifyPayload(nodeCrypto, key.publicKey, signed) ? 'fits' : 'changed'
}

/** The name that a statement bears, as keys bear it; whatever a peer wrote there. */
function nameIn(payload: Buffer): string {
  const { reflector } = JSON.parse(payload.toString('utf8')) as { readonly reflector?: unknown }
  return reflectorKeyName(typeof reflector === 'string' ? reflector.slice(0, 63) : '')
}
