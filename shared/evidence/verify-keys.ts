import { verifyPayload } from './dsse.ts'
import { type Entry, ROTATION_PAYLOAD_TYPE } from './entry.ts'
import { agentKeyName } from './key-names.ts'
import { fromBase64 } from './octets.ts'
import { mayNameKeys, type UnreadEntry } from './unread.ts'
import type { Report, SeenEntry, VerifyTools } from './verify-items.ts'
import type { Signatures } from './verify-signatures.ts'
import { parseVkey, type Vkey } from './vkey.ts'

type Rotation = Extract<Entry, { readonly kind: 'rotate' }>

/**
 * The keys of agents as the log goes on: those that the verifying party trusts, and every one that
 * such a key has handed over to. What a collector says of a key that nobody trusts changes nothing.
 */
export class AgentKeys {
  readonly #tools: VerifyTools
  readonly #signatures: Signatures
  readonly #report: Report
  readonly #keys = new Map<string, Vkey[]>()
  readonly #revoked = new Set<string>()
  /** Agents of whose keys an entry may speak that cannot be read; null: of any agent's. */
  readonly #doubtful = new Set<string | null>()
  readonly #mayBeRevoked = new Set<string | null>()
  /** Keys that the log names, whoever trusts them. */
  readonly #named = new Map<string, Vkey[]>()
  readonly #retired = new Map<string, number>()
  #latestMs = 0

  constructor(
    trusted: readonly Vkey[],
    parts: {
      readonly tools: VerifyTools
      readonly signatures: Signatures
      readonly report: Report
    },
  ) {
    this.#tools = parts.tools
    this.#signatures = parts.signatures
    this.#report = parts.report
    for (const key of trusted) this.#keys.set(key.name, [...this.of(key.name), key])
  }

  of(name: string): readonly Vkey[] {
    return this.#keys.get(name) ?? []
  }

  /** True when one of these signers' keys was taken back before this place of the log. */
  isRevoked(name: string, signatures: readonly { readonly keyid: string }[]): boolean {
    return signatures.some(({ keyid }) => this.#revoked.has(`${name} ${keyid}`))
  }

  /**
   * True when an entry before this place of the log cannot be read, and may have taken back the key that
   * signed, where that is a known one, or have named it, where it is not.
   */
  isDoubtful(name: string, isKnown: boolean): boolean {
    const doubtful = isKnown ? this.#mayBeRevoked : this.#doubtful
    return doubtful.has(name) || doubtful.has(null)
  }

  /** Takes an entry that cannot be read, at its place in the log. */
  doubt(entry: UnreadEntry): void {
    const { site, agent, kind } = entry
    if (!mayNameKeys(entry)) return
    const whose = site === undefined || agent === undefined ? null : agentKeyName(site, agent)
    this.#doubtful.add(whose)
    if (kind === 'revoke') this.#mayBeRevoked.add(whose)
  }

  /**
   * Since when the log says that every key of an agent is taken back, those given and those that it names; an
   * agent without a key given is not among them, nor one that got another key since.
   */
  get retired(): ReadonlyMap<string, number> {
    return this.#retired
  }

  /** Takes an entry, at its place in the log. */
  take({ index, entry }: SeenEntry): void {
    this.#latestMs = Math.max(this.#latestMs, entry.at)
    if (entry.kind === 'rotate') this.#rotate(`leaf ${index} rotate`, entry)
    if (entry.kind === 'rotate' || entry.kind === 'enrol') this.#name(entry)
    if (entry.kind !== 'revoke') return
    const { site, agent, keyId, why, by, at } = entry
    this.#revoked.add(`${agentKeyName(site, agent)} ${keyId}`)
    this.#retire(agent, agentKeyName(site, agent))
    const what = `key ${keyId} of ${agent} was taken back by ${by}: ${why}`
    this.#report('note', 'key-revoked', `leaf ${index} revoke`, what, { from: at, to: at })
  }

  #name({ site, agent, key }: Extract<Entry, { readonly kind: 'rotate' | 'enrol' }>): void {
    const name = agentKeyName(site, agent)
    const read = parseVkey(this.#tools, key)
    if (read.ok) this.#named.set(name, [...(this.#named.get(name) ?? []), read.value])
    this.#retired.delete(agent)
  }

  #retire(agent: string, name: string): void {
    const given = this.of(name)
    const all = [...given, ...(this.#named.get(name) ?? [])].map((key) =>
      this.#signatures.idOf(key),
    )
    if (given.length === 0 || !all.every((id) => this.#revoked.has(`${name} ${id}`))) return
    this.#retired.set(agent, this.#latestMs)
  }

  #rotate(where: string, { site, agent, key, previousKeyId, signature, at }: Rotation): void {
    const name = agentKeyName(site, agent)
    const time = { from: at, to: at }
    const next = parseVkey(this.#tools, key)
    const old = this.of(name).find((one) => this.#signatures.idOf(one) === previousKeyId)
    if (old === undefined) {
      // Without any key of this agent its records are told as unproven already.
      if (this.of(name).length === 0) return
      const what = `from key ${previousKeyId}, which was not given: what it hands over to is not trusted`
      this.#report('missing', 'rotation-unknown', where, what, time)
      return
    }
    const signed = fromBase64(signature)
    const fits =
      next.ok &&
      next.value.name === name &&
      signed !== null &&
      verifyPayload(this.#tools, old.publicKey, {
        ...{ payloadType: ROTATION_PAYLOAD_TYPE, payload: next.value.publicKey, signature: signed },
      })
    if (!fits || this.#revoked.has(`${name} ${previousKeyId}`)) {
      const what = `the new key of ${agent} is not handed over by the old one`
      this.#report('invalid', 'rotation-signature', where, what, time)
      return
    }
    this.#keys.set(name, [...this.of(name), next.value])
    this.#report('note', 'key-rotated', where, `${agent} signs with ${key} from here on`, time)
  }
}
