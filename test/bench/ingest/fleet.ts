import { createHash, createPrivateKey, createPublicKey, type KeyObject, sign } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { keyIdOf, preAuthEncoding } from '../../../shared/evidence/dsse.ts'
import { nodeCrypto } from '../../../shared/evidence/node-crypto.ts'
import { type AgentRecord, RECORD_PAYLOAD_TYPE } from '../../../shared/record/record.ts'
import { record } from '../../server/support/fixtures.ts'

/** PKCS#8 around a raw Ed25519 seed (RFC 8410 section 7). */
const PKCS8 = Buffer.from('302e020100300506032b657004220420', 'hex')
const MINUTE = 60_000
/** The repository, seen from dist/test/bench/ingest. */
const ROOT = fileURLToPath(new URL('../../../../', import.meta.url))

/** `small`: 3.6 kB as the targets were set with; `real`: a minute that an agent really recorded. */
export type Size = 'small' | 'real'

export interface SimulatedAgent {
  readonly site: string
  readonly agent: string
  readonly keyId: string
  readonly privateKey: KeyObject
  /** Raw, 32 octets. */
  readonly publicKey: Uint8Array
}

/** Agent number `n`: the same in every process, so that only numbers have to be passed around. */
export function agentOf(n: number): SimulatedAgent {
  const seed = createHash('sha256').update(`bench ${n}`).digest()
  const key = Buffer.concat([PKCS8, seed])
  const privateKey = createPrivateKey({ key, format: 'der', type: 'pkcs8' })
  const spki = createPublicKey(privateKey).export({ format: 'der', type: 'spki' })
  const publicKey = new Uint8Array(spki.subarray(-32))
  const site = `site-${String(n).padStart(6, '0')}`
  return { site, agent: `${site}-1`, privateKey, publicKey, keyId: keyIdOf(publicKey, nodeCrypto) }
}

/** Makes signed envelopes of one size, each agent's in a chain. */
export class RecordMaker {
  readonly #template: AgentRecord
  readonly #boot: string
  readonly #endMs: number
  /** By agent: its last record's number, and the digest that the next one names. */
  readonly #last = new Map<string, { readonly sequence: number; readonly digest: string }>()

  /** @param endMs the windows of records that are delivered at once end at this minute */
  constructor(size: Size, profileSha256: string, endMs: number, run: number) {
    this.#template = size === 'small' ? small(profileSha256) : real(profileSha256)
    this.#endMs = endMs
    this.#boot = `00000000-0000-4000-8000-${String(run).padStart(12, '0')}`
  }

  /**
   * An agent's next record.
   * @param minutesAgo how long before `endMs` its window ends
   * @param change what is sent of that minute instead of the usual one
   */
  envelope(
    { site, agent, keyId, privateKey }: SimulatedAgent,
    minutesAgo = 0,
    change = (usual: AgentRecord): AgentRecord => usual,
  ): Buffer {
    const before = this.#last.get(agent)
    const [sequence, previous] = [(before?.sequence ?? 0) + 1, before?.digest ?? null]
    const seen = change(movedTo(this.#template, this.#endMs - minutesAgo * MINUTE))
    const payload = Buffer.from(
      JSON.stringify({ ...seen, site, agent, boot: this.#boot, sequence, previous }),
    )
    const digest = createHash('sha256').update(payload).digest('hex')
    this.#last.set(agent, { sequence, digest })
    const signature = sign(null, preAuthEncoding(RECORD_PAYLOAD_TYPE, payload), privateKey)
    return Buffer.from(
      JSON.stringify({
        payloadType: RECORD_PAYLOAD_TYPE,
        payload: payload.toString('base64'),
        signatures: [{ keyid: keyId, sig: signature.toString('base64') }],
      }),
    )
  }
}

function small(profileSha256: string): AgentRecord {
  const whole = record(profileSha256)
  return { ...whole, observations: whole.observations.slice(0, 1) }
}

function real(profileSha256: string): AgentRecord {
  const text = readFileSync(join(ROOT, 'test', 'bench', 'ingest', 'minute.json'), 'utf8')
  const whole = JSON.parse(text) as AgentRecord
  return { ...whole, profile: { ...whole.profile, sha256: profileSha256 } }
}

function movedTo(whole: AgentRecord, endMs: number): AgentRecord {
  const by = Math.floor(endMs / MINUTE) * MINUTE - whole.window.to
  const moved = <T extends { readonly from: number; readonly to: number }>(one: T): T => ({
    ...one,
    ...{ from: one.from + by, to: one.to + by },
  })
  return {
    ...whole,
    window: moved(whole.window),
    observations: whole.observations.map((seen) => moved(seen)),
    ...(whole.evidence === undefined ? {} : { evidence: whole.evidence.map((one) => moved(one)) }),
  }
}
