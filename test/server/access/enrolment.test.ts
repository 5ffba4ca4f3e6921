import { createHash, generateKeyPairSync, sign } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { keyIdOf, preAuthEncoding } from '../../../shared/evidence/dsse.ts'
import { ENROLMENT_PAYLOAD_TYPE, enrolmentText } from '../../../shared/evidence/enrolment.ts'
import { nodeCrypto } from '../../../shared/evidence/node-crypto.ts'
import { RECORD_PAYLOAD_TYPE } from '../../../shared/record/record.ts'
import { answer, type TestCollector, testCollector } from '../support/collector.ts'
import { BOOT, envelope, MINUTE, record } from '../support/fixtures.ts'

const DAY = 24 * 60 * MINUTE

/** A key as an agent makes it. */
function newKey() {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519')
  const raw = publicKey.export({ format: 'der', type: 'spki' }).subarray(-32)
  const signDsse = (type: string, payload: Uint8Array) =>
    sign(null, preAuthEncoding(type, payload), privateKey).toString('base64')
  return { raw, base64: raw.toString('base64'), keyId: keyIdOf(raw, nodeCrypto), signDsse }
}
type Key = ReturnType<typeof newKey>

const post = (collector: TestCollector, url: string, body: unknown, headers: object = {}) =>
  answer(collector.app, {
    ...{ method: 'POST', url, payload: JSON.stringify(body) },
    headers: { host: 'localhost:8460', 'content-type': 'application/json', ...headers },
  })

interface Open extends TestCollector {
  readonly admin: { readonly authorization: string }
}

async function open(): Promise<Open> {
  const collector = await testCollector()
  return { ...collector, admin: await collector.issue('admin') }
}

async function invite(collector: Open, asked: object = { site: 'leeds', agent: 'leeds-1' }) {
  const made = await post(collector, '/api/v1/enrol-tokens', asked, collector.admin)
  expect(made.status, made.text).toBe(201)
  return String(made.body.invitation).split('#')[1] ?? ''
}

function proofOf(key: Key, token: string, site: string | null, agent: string | null) {
  const [tokenId = '', secret = ''] = token.split('.')
  const secretSha256 = createHash('sha256').update(secret).digest('hex')
  const text = enrolmentText({ tokenId, secretSha256, site, agent, publicKey: key.base64 })
  return key.signDsse(ENROLMENT_PAYLOAD_TYPE, text)
}

function enrol(
  collector: TestCollector,
  token: string,
  key: Key,
  who: { readonly site?: string; readonly agent?: string; readonly proof?: string } = {},
) {
  const { site = null, agent = null } = who
  const proof = who.proof ?? proofOf(key, token, site, agent)
  return post(collector, '/api/v1/enrol', { token, site, agent, publicKey: key.base64, proof })
}

const signed = (key: Key, profile: string, change: object = {}, signer: Key = key) => {
  const payload = Buffer.from(JSON.stringify(record(profile, change)))
  const whole = JSON.parse(envelope(payload))
  const sig = signer.signDsse(RECORD_PAYLOAD_TYPE, payload)
  return JSON.stringify({ ...whole, signatures: [{ keyid: key.keyId, sig }] })
}

/** Without any token: the record's own signature must do. */
const deliver = (collector: TestCollector, body: string) =>
  post(collector, '/api/v1/records', JSON.parse(body))

describe('a one-time token', () => {
  test('lets one agent in, once, and only the same key again', async () => {
    const collector = await open()
    const token = await invite(collector)
    const key = newKey()
    const first = await enrol(collector, token, key)
    expect(first.status, first.text).toBe(201)
    expect(first.body).toMatchObject({ site: 'leeds', agent: 'leeds-1', keyId: key.keyId })
    expect((await enrol(collector, token, key)).status).toBe(201)
    const thief = await enrol(collector, token, newKey())
    expect([thief.status, thief.body.type]).toEqual([403, 'urn:voip-ready:problem:enrol-used'])
  })
  test('of many who use it at the same time lets in one', async () => {
    const collector = await open()
    const token = await invite(collector)
    const all = await Promise.all(
      Array.from({ length: 12 }, () => enrol(collector, token, newKey())),
    )
    expect(all.filter(({ status }) => status === 201)).toHaveLength(1)
    expect(all.filter(({ status }) => status === 403)).toHaveLength(11)
  })
  test('expires after a day', async () => {
    const collector = await open()
    const token = await invite(collector)
    collector.clock.nowMs += DAY
    const late = await enrol(collector, token, newKey())
    expect(late.body.type).toBe('urn:voip-ready:problem:enrol-expired')
  })
  test('is refused with another secret, for another site or agent, or without proof', async () => {
    const collector = await open()
    const token = await invite(collector)
    const [key, other] = [newKey(), newKey()]
    const codes = await Promise.all([
      enrol(collector, `${token.split('.')[0]}.${'A'.repeat(22)}`, key),
      enrol(collector, `${'0'.repeat(16)}.${'A'.repeat(22)}`, key),
      enrol(collector, token, key, { site: 'york' }),
      enrol(collector, token, key, { agent: 'leeds-2' }),
      enrol(collector, token, key, { proof: proofOf(other, token, null, null) }),
    ])
    expect(codes.map(({ body }) => body.type.split(':').at(-1))).toEqual([
      ...['enrol-unknown', 'enrol-unknown', 'enrol-mismatch', 'enrol-mismatch', 'enrol-proof'],
    ])
    expect((await enrol(collector, token, key)).status).toBe(201)
  })
  test('keeps the secret nowhere, and its use is noted', async () => {
    const collector = await open()
    const token = await invite(collector)
    await enrol(collector, token, newKey())
    const [kept] = await collector.store.access.enrolTokens(10)
    expect(JSON.stringify(kept)).not.toContain(token.split('.')[1])
    const audit = await collector.store.access.readAudit({ site: 'leeds', before: null, limit: 10 })
    expect(audit.map(({ action }) => action)).toEqual(['agent.enrol', 'enrol-token.create'])
    expect(JSON.stringify(audit)).not.toContain(token.split('.')[1])
  })
})

describe('a signed record', () => {
  async function enrolled() {
    const collector = await open()
    const key = newKey()
    expect((await enrol(collector, await invite(collector), key)).status).toBe(201)
    return { collector, key, profile: collector.profileSha256 }
  }
  test('needs no token', async () => {
    const { collector, key, profile } = await enrolled()
    expect((await deliver(collector, signed(key, profile))).status).toBe(201)
  })
  test('of a wrong key, with other bytes, or for another agent is refused', async () => {
    const { collector, key, profile } = await enrolled()
    const stranger = newKey()
    const whole = JSON.parse(signed(key, profile))
    const altered = JSON.parse(envelope(record(profile, { sequence: 7 })))
    const tries = [
      signed(stranger, profile),
      signed(key, profile, {}, stranger),
      JSON.stringify({ ...altered, signatures: whole.signatures }),
      signed(key, profile, { agent: 'leeds-2' }),
      signed(key, profile, { site: 'york' }),
    ]
    const found = await Promise.all(tries.map((body) => deliver(collector, body)))
    expect(found.map(({ status, body }) => `${status} ${body.type.split(':').at(-1)}`)).toEqual([
      ...['401 unknown-key', '401 bad-signature', '401 bad-signature'],
      ...['401 unknown-key', '401 unknown-key'],
    ])
  })
  test('is from now on the only way: the token of before no longer speaks for the agent', async () => {
    const { collector, key, profile } = await enrolled()
    const unsigned = await collector.deliver(envelope(record(profile)))
    expect([unsigned.status, unsigned.body.type]).toEqual([403, 'urn:voip-ready:problem:must-sign'])
    expect((await collector.deliver(signed(key, profile))).status).toBe(201)
  })
  test('under a key that was taken back is refused from the next request on', async () => {
    const { collector, key, profile } = await enrolled()
    const url = '/api/v1/sites/leeds/agents/leeds-1/revoke'
    const revoked = await post(collector, url, { why: 'stolen' }, collector.admin)
    expect(revoked.body).toEqual({ revoked: [key.keyId] })
    const found = await deliver(collector, signed(key, profile))
    expect([found.status, found.body.type]).toEqual([401, 'urn:voip-ready:problem:revoked-key'])
    const downgraded = await collector.deliver(envelope(record(profile)))
    expect(downgraded.body.type).toBe('urn:voip-ready:problem:must-sign')
    const again = newKey()
    expect((await enrol(collector, await invite(collector), again)).status).toBe(201)
    expect((await deliver(collector, signed(again, profile, { boot: BOOT }))).status).toBe(201)
  })
  test('under a key past its time is taken, and the list of agents says so', async () => {
    const { collector, key, profile } = await enrolled()
    collector.clock.nowMs += 181 * DAY
    expect((await deliver(collector, signed(key, profile))).status).toBe(201)
    const { body } = await collector.get('/api/v1/agents')
    expect(body.agents[0].keys[0]).toMatchObject({ state: 'active', expired: true })
  })
})
