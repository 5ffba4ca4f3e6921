import { createHash } from 'node:crypto'
import { renameSync } from 'node:fs'
import { join } from 'node:path'
import { Fault } from '../../shared/errors.ts'
import { keyIdOf, signPayload } from '../../shared/evidence/dsse.ts'
import {
  ENROLMENT_PAYLOAD_TYPE,
  enrolmentText,
  type Invitation,
  isPlainLoopback,
  readInvitation,
} from '../../shared/evidence/enrolment.ts'
import { nodeCrypto, signerFrom } from '../../shared/evidence/node-crypto.ts'
import { ask, type Reply } from './exchange.ts'
import { type Identity, keyAt, keyFile, loadCredentials, logKey, saveIdentity } from './identity.ts'
import { WrongPin } from './pinned-agent.ts'
import { INSTANT, KEY_ID, NAME, TEXT, textFields } from './text-fields.ts'

export interface EnrolOptions {
  /** The line that the operator was given. */
  readonly invitation: string
  /** Where identity and key are kept. */
  readonly state: string
  /** What the agent takes itself to be; null: what the token says. */
  readonly site: string | null
  readonly agent: string | null
  /** Allow plain HTTP beyond this host. */
  readonly insecure: boolean
  /** Enrol anew although this state directory has an identity. */
  readonly again: boolean
}

const PATIENCE_MS = 20_000
const ANSWER = {
  ...{ site: NAME, agent: NAME, keyId: KEY_ID, vkey: TEXT, addedAt: INSTANT, expiresAt: INSTANT },
}

/**
 * Enrols an agent: checks the collector's pin, makes a key, proves that it holds it, and keeps who it
 * is from now on. A try whose answer was lost can be repeated with the same line.
 *
 * @throws Fault USAGE, UNREACHABLE, REFUSED, STORE; each says what to do next
 */
export async function enrol(options: EnrolOptions): Promise<Identity> {
  const invitation = readOrExplain(options)
  const before = loadCredentials(options.state)
  if (before !== null && !options.again) {
    const { site, agent } = before.identity
    const repair = 'use another --state directory, or say --again to replace that identity'
    throw new Fault('USAGE', options.state, 'no identity yet', `${agent} of ${site}`, repair)
  }
  // By the token's name until it is enrolled, so that a repeated try brings the same key.
  const draft = `enrol-${invitation.tokenId}.pem`
  const signer = signerFrom('enrolling', keyAt(options.state, draft))
  const reply = await send(invitation, enrolBody(options, invitation, signer))
  const answer = readAnswer(invitation, reply)
  if (answer.keyId !== keyIdOf(signer.publicKey, nodeCrypto)) throw notOurs(invitation, 'keyId')
  renameSync(join(options.state, draft), join(options.state, keyFile(answer.keyId)))
  const { site, agent, keyId, vkey, log } = answer
  const identity: Identity = {
    ...{ format: 'voip-ready/identity/1', site, agent, keyId, vkey, log },
    ...{ collector: invitation.collector, pin: invitation.pin },
    keyAddedMs: Date.parse(answer.addedAt),
    keyExpiresMs: Date.parse(answer.expiresAt),
  }
  saveIdentity(options.state, identity)
  return identity
}

function readOrExplain({ invitation: line, insecure }: EnrolOptions): Invitation {
  const read = readInvitation(line)
  if (!read.ok) {
    const repair = 'copy the whole line that collector enrol create printed, in quotes'
    throw new Fault('USAGE', 'URL#TOKEN', 'https://HOST:PORT#ID.SECRET.PIN', read.error, repair)
  }
  const { collector } = read.value
  if (collector.startsWith('https:') || isPlainLoopback(collector) || insecure) return read.value
  const repair = 'serve the collector with --tls-cert; --insecure-http takes the risk'
  throw new Fault('USAGE', collector, 'https beyond this host', 'plain http', repair)
}

function enrolBody(
  { site, agent }: EnrolOptions,
  { tokenId, secret }: Invitation,
  signer: ReturnType<typeof signerFrom>,
): Uint8Array {
  const secretSha256 = createHash('sha256').update(secret).digest('hex')
  const publicKey = Buffer.from(signer.publicKey).toString('base64')
  const text = enrolmentText({ tokenId, secretSha256, site, agent, publicKey })
  const proof = Buffer.from(signPayload(signer, ENROLMENT_PAYLOAD_TYPE, text)).toString('base64')
  return Buffer.from(
    JSON.stringify({ token: `${tokenId}.${secret}`, site, agent, publicKey, proof }),
  )
}

async function send({ collector, pin }: Invitation, body: Uint8Array): Promise<Reply> {
  const url = new URL(`${collector}/api/v1/enrol`)
  const headers = { 'content-type': 'application/json' }
  try {
    return await ask({ url, method: 'POST', headers, body, pin, timeoutMs: PATIENCE_MS })
  } catch (error) {
    if (error instanceof WrongPin) {
      const repair =
        'nothing was sent; somebody may stand between, or the certificate has a new key: ask for a new line'
      const wanted = `the key with SHA-256 ${error.wanted}`
      throw new Fault('REFUSED', collector, wanted, error.found, repair)
    }
    const { code, message } = error as NodeJS.ErrnoException
    const found = message === '' ? String(code) : message
    throw new Fault('UNREACHABLE', collector, 'an answer of the collector', found)
  }
}

function readAnswer(invitation: Invitation, { status, body }: Reply) {
  const value = parseJson(body)
  if (status !== 201) {
    const said = textFields(value, { title: TEXT, repair: TEXT })
    const { title, repair } = said.ok ? said.value : UNTOLD
    const wanted = textFields(value, { wanted: TEXT })
    const found = wanted.ok ? `${title} (it is for ${wanted.value.wanted})` : title
    throw new Fault('REFUSED', `${invitation.collector}: HTTP ${status}`, 'to enrol', found, repair)
  }
  const answer = textFields(value, ANSWER)
  if (!answer.ok) throw notOurs(invitation, answer.error)
  return { ...answer.value, log: logKey((value as { readonly log?: unknown }).log) ?? null }
}

const UNTOLD = {
  title: 'no reason that could be read',
  repair: 'check that this is the address of a voip-ready collector',
}

function notOurs({ collector }: Invitation, what: string): Fault {
  return new Fault('REFUSED', collector, 'the answer of a voip-ready collector', `another ${what}`)
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
