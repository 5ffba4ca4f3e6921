import { createHash, randomBytes } from 'node:crypto'
import { keyIdOf, verifyPayload } from '../../shared/evidence/dsse.ts'
import {
  ENROLMENT_PAYLOAD_TYPE,
  enrolmentText,
  writeInvitation,
} from '../../shared/evidence/enrolment.ts'
import { agentKeyName } from '../../shared/evidence/key-names.ts'
import { nodeCrypto } from '../../shared/evidence/node-crypto.ts'
import { formatVkey, vkeyOf } from '../../shared/evidence/vkey.ts'
import { type Problem, type ProblemCode, problem } from '../problem.ts'
import type { EnrolOutcome } from '../store/access/keys.ts'
import { type AccessDesk, auditOf, changing, enter } from './desk.ts'
import { uuid7 } from './uuid7.ts'

export const TOKEN_LIFE_MS = 24 * 3_600_000
/** After this a key is flagged; it goes on speaking for its agent. */
export const KEY_LIFE_MS = 180 * 86_400_000

export interface Invited {
  readonly id: string
  readonly site: string
  readonly agent: string | null
  readonly expiresMs: number
  /** The one line for the agent; it cannot be had again. */
  readonly invitation: string
}

/** Makes a one-time token for an agent of a site, good for a day; only its hash is kept. */
export async function invite(
  desk: AccessDesk,
  asked: {
    readonly site: string
    readonly agent: string | null
    /** The site's from now on; null leaves it. */
    readonly customer: string | null
    readonly by: string
    /** Where the agent reaches the collector. */
    readonly collector: string
    readonly pin: string | null
  },
): Promise<Invited> {
  const { site, agent, customer, by } = asked
  const createdMs = desk.nowMs()
  const expiresMs = createdMs + TOKEN_LIFE_MS
  const id = randomBytes(8).toString('hex')
  const secret = randomBytes(16).toString('base64url')
  const kept = { id, site, agent, secretSha256: sha256hex(secret), createdBy: by }
  const audit = auditOf(desk, by, 'enrol-token.create', site, { token: id, agent, customer })
  await changing(desk, () =>
    desk.book.addEnrolToken({ ...kept, createdMs, expiresMs }, customer, audit),
  )
  const collector = asked.collector.replace(/\/+$/, '')
  const pin = collector.startsWith('https:') ? asked.pin : null
  const invitation = writeInvitation({ collector, tokenId: id, secret, pin })
  return { id, site, agent, expiresMs, invitation }
}

export interface EnrolRequest {
  /** `id.secret` */
  readonly token: string
  readonly site: string | null
  readonly agent: string | null
  /** Raw Ed25519 key, base64. */
  readonly publicKey: string
  /** Base64 of 64 octets. */
  readonly proof: string
}

export interface Enrolled {
  readonly site: string
  readonly agent: string
  readonly keyId: string
  readonly vkey: string
  readonly addedMs: number
  readonly expiresMs: number
}

/**
 * Takes an agent in: its one-time token is used up and its key is from now on what speaks for it.
 * Asking again with the same token and key gives the same answer.
 *
 * @throws Problem enrol-proof, enrol-unknown, enrol-used, enrol-expired, enrol-mismatch, key-taken
 */
export async function enrolAgent(desk: AccessDesk, asked: EnrolRequest): Promise<Enrolled> {
  const [tokenId = '', secret = ''] = asked.token.split('.')
  const secretSha256 = sha256hex(secret)
  const publicKey = new Uint8Array(Buffer.from(asked.publicKey, 'base64'))
  const payload = enrolmentText({ ...asked, tokenId, secretSha256 })
  const signature = Buffer.from(asked.proof, 'base64')
  const statement = { payloadType: ENROLMENT_PAYLOAD_TYPE, payload, signature }
  if (!verifyPayload(nodeCrypto, publicKey, statement)) {
    throw problem('enrol-proof', { where: 'body.proof' })
  }
  const keyId = keyIdOf(publicKey, nodeCrypto)
  const nowMs = desk.nowMs()
  const expiresMs = nowMs + KEY_LIFE_MS
  const { site, agent } = asked
  const outcome = await changing(desk, () =>
    desk.book.enrol({
      ...{ tokenId, secretSha256, site, agent, keyId, publicKey, nowMs, expiresMs },
      auditId: uuid7(nowMs),
    }),
  )
  if (outcome.outcome !== 'enrolled' && outcome.outcome !== 'repeated') throw refusal(outcome)
  const who = { site: outcome.site, agent: outcome.agent }
  const vkey = agentVkey(who.site, who.agent, publicKey)
  await enter(desk, { kind: 'enrol', ...who, key: vkey, by: outcome.createdBy })
  return { ...who, keyId, vkey, addedMs: nowMs, expiresMs }
}

/** The verifier key that a customer compares and keeps. */
export function agentVkey(site: string, agent: string, publicKey: Uint8Array): string {
  return formatVkey(vkeyOf(nodeCrypto, { name: agentKeyName(site, agent), publicKey }))
}

const REFUSED: { readonly [K in EnrolOutcome['outcome']]?: ProblemCode } = {
  unknown: 'enrol-unknown',
  used: 'enrol-used',
  expired: 'enrol-expired',
  'key-taken': 'key-taken',
}

function refusal(outcome: EnrolOutcome): Problem {
  if ('site' in outcome) {
    const wanted = `site ${outcome.site}${outcome.agent === null ? '' : `, agent ${outcome.agent}`}`
    return problem('enrol-mismatch', { where: 'body.site, body.agent', wanted })
  }
  return problem(REFUSED[outcome.outcome] ?? 'enrol-unknown', { where: 'body.token' })
}

function sha256hex(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
