import { execFileSync } from 'node:child_process'
import { copyFileSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect } from 'node:tls'
import fc from 'fast-check'
import { pino } from 'pino'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { enrol } from '../../../agent/enrol/enrol.ts'
import { ask } from '../../../agent/enrol/exchange.ts'
import { type Credentials, loadCredentials, saveIdentity } from '../../../agent/enrol/identity.ts'
import { LiveCredentials } from '../../../agent/enrol/live-credentials.ts'
import { rotationDueMs } from '../../../agent/enrol/rotate.ts'
import { askSigned, RequestSigner } from '../../../agent/enrol/sign-request.ts'
import { openConnections } from '../../../agent/uplink/connections.ts'
import { sealEnvelope } from '../../../agent/uplink/envelope.ts'
import { posterOn } from '../../../agent/uplink/post.ts'
import { loadProfile } from '../../../config/load.ts'
import { atDesk } from '../../../server/access/console.ts'
import { invite } from '../../../server/access/enrolment.ts'
import { type RunningCollector, startCollector } from '../../../server/main.ts'
import { pinOfFile } from '../../../server/tls.ts'
import { record } from '../support/fixtures.ts'

/** A real collector with a certificate of its own making, and agents that enrol at it. */
const folder = mkdtempSync(join(tmpdir(), 'voip-ready-test-'))
const at = (name: string) => join(folder, name)
let collector: RunningCollector
let profile: string

beforeAll(async () => {
  makeCertificate('one')
  makeCertificate('two')
  copyFileSync(at('one.crt'), at('tls.crt'))
  copyFileSync(at('one.key'), at('tls.key'))
  profile = (await loadProfile('pureconnect-rcm')).sha256
  collector = await startCollector({
    ...{ host: '127.0.0.1', port: 0, dataDirectory: at('data'), database: null, profiles: [] },
    ...{ sitesDirectory: null, tokenFile: null, readAccess: 'token', version: '0.0.0-test' },
    ...{ tls: { cert: at('tls.crt'), key: at('tls.key') }, publicUrl: null, behindProxy: false },
    logger: pino({ level: 'silent' }),
  })
})
afterAll(async () => {
  await collector.stop()
  rmSync(folder, { recursive: true, force: true })
})

function makeCertificate(name: string): void {
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout']
  const rest = ['-out', at(`${name}.crt`), '-days', '2', '-subj', '/CN=collector.test']
  execFileSync('openssl', ['req', '-x509', ...key, at(`${name}.key`), ...rest], { stdio: 'ignore' })
}

async function invitation(agent: string, pin = pinOfFile(at('one.crt'))): Promise<string> {
  const asked = { site: 'leeds', agent, customer: 'Acme', by: 'console:test', pin }
  const made = await atDesk({ data: at('data') }, (desk) =>
    invite(desk, { ...asked, collector: collector.url }),
  )
  return made.invitation
}

const options = (line: string, state: string) => ({
  ...{ invitation: line, state: at(state), site: null, agent: null },
  ...{ insecure: false, again: false },
})

async function enrolled(name: string): Promise<Credentials> {
  await enrol(options(await invitation(name), name))
  const credentials = loadCredentials(at(name))
  if (credentials === null) throw new Error('no identity was kept')
  return credentials
}

describe('enrolling', () => {
  test('keeps identity and key for their owner alone, and the collector believes its records', async () => {
    const { identity, signer } = await enrolled('a1')
    expect(identity).toMatchObject({ site: 'leeds', agent: 'a1', collector: collector.url })
    const files = readdirSync(at('a1'))
    expect(files.sort()).toEqual(['identity.json', `key-${identity.keyId}.pem`])
    for (const name of files) expect(statSync(at(`a1/${name}`)).mode & 0o77, name).toBe(0)
    const answer = await deliver(identity.pin, sealed('a1', 1, signer))
    expect(answer).toMatchObject({ kind: 'answered', status: 201 })
  })
  test('says nothing to a collector of another key', async () => {
    const line = await invitation('a2', pinOfFile(at('two.crt')))
    await expect(enrol(options(line, 'a2'))).rejects.toThrow(/nothing was sent/)
    expect(loadCredentials(at('a2'))).toBeNull()
    const { pin } = (await enrolled('a3')).identity
    expect(pin).toBe(pinOfFile(at('one.crt')))
    expect(await deliver(pinOfFile(at('two.crt')), Buffer.from('{}'))).toMatchObject({
      kind: 'failed',
      why: expect.stringMatching(/shows another key/),
    })
  })
  test.each([
    [
      'used up',
      async () => {
        const line = await invitation('b1')
        await enrol(options(line, 'b1'))
        return { ...options(line, 'b1-again') }
      },
      /has been used/,
    ],
    [
      'for another site',
      async () => ({ ...options(await invitation('b2'), 'b2'), site: 'york' }),
      /site leeds/,
    ],
    ['of no collector', async () => options('https://127.0.0.1:1#0', 'b3'), /whole line/],
    [
      'over plain HTTP beyond this host',
      async () => options(`http://192.0.2.1#${'0'.repeat(16)}.${'A'.repeat(22)}`, 'b4'),
      /plain http/,
    ],
  ])('with a line %s is refused with what to do', async (_name, make, says) => {
    await expect(enrol(await make())).rejects.toThrow(says)
  })
})

describe('a signed request', () => {
  const target = '/api/v1/agents/self/plan'
  const send = (pin: string | null, path: string, authorization: string) =>
    ask({
      ...{ url: new URL(path, collector.url), method: 'GET', pin, timeoutMs: 10_000 },
      ...{ headers: { authorization }, body: Buffer.alloc(0) },
    })
  test('is believed, also from a host whose clock is an hour off', async () => {
    const credentials = await enrolled('c1')
    for (const offMs of [0, -3_600_000, 3_600_000]) {
      const signer = new RequestSigner(
        () => credentials,
        () => Date.now() + offMs,
      )
      const request = { method: 'GET', url: new URL(target, collector.url), body: Buffer.alloc(0) }
      let tries = 0
      const reply = await askSigned(signer, request, (authorization) => {
        tries += 1
        return send(credentials.identity.pin, target, authorization)
      })
      expect(reply.status, reply.body).not.toBe(401)
      expect(tries).toBe(offMs === 0 ? 1 : 2)
    }
  })
  test('proves that request and no other', async () => {
    const credentials = await enrolled('c2')
    const { pin } = credentials.identity
    const signer = new RequestSigner(() => credentials, Date.now)
    const url = new URL(target, collector.url)
    const good = signer.authorization({ method: 'GET', url, body: Buffer.alloc(0) })
    const wrong = [
      [`${target}?x=1`, good],
      ['/api/v1/agents/self/work', good],
      [target, signer.authorization({ method: 'POST', url, body: Buffer.alloc(0) })],
      [target, signer.authorization({ method: 'GET', url, body: Buffer.from('x') })],
      [target, good.replace('agent=c2', 'agent=c1')],
      [target, good.replace('VoipReady-Agent ', 'VoipReady-Agent  ')],
      [target, 'VoipReady-Agent '],
    ] as const
    for (const [path, authorization] of wrong) {
      expect((await send(pin, path, authorization)).status, `${path} ${authorization}`).toBe(401)
    }
  })
})

describe('a key', () => {
  test('is changed when it is due, and what the old one signed still counts', async () => {
    const { identity, signer: old } = await enrolled('d1')
    const live = new LiveCredentials({ identity, signer: old })
    expect(await live.rotateWhenDue(at('d1'), Date.now, 0.5)).toBe(false)
    const aged = { ...identity, keyAddedMs: 0, keyExpiresMs: 1 }
    saveIdentity(at('d1'), aged)
    const due = new LiveCredentials({ identity: aged, signer: old })
    expect(await due.rotateWhenDue(at('d1'), Date.now, 0.5)).toBe(true)
    const now = loadCredentials(at('d1'))
    expect(now?.identity.keyId).not.toBe(identity.keyId)
    expect(due.signer.publicKey).toEqual(now?.signer.publicKey)
    const { pin } = identity
    expect(await deliver(pin, sealed('d1', 1, old))).toMatchObject({ status: 201 })
    expect(await deliver(pin, sealed('d1', 2, due.signer))).toMatchObject({ status: 201 })
    // The old key no longer makes keys.
    const again = new LiveCredentials({ identity: aged, signer: old })
    await expect(again.rotateWhenDue(at('d1'), Date.now, 0.5)).rejects.toThrow(/revoked-key/)
  })
  test('is due at about two thirds of its life, not for all agents at once', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 2e12 }),
        fc.integer({ min: 1, max: 4e10 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (from, life, random) => {
          const due = rotationDueMs({ keyAddedMs: from, keyExpiresMs: from + life }, random)
          expect(due).toBeGreaterThanOrEqual(from + life * 0.63)
          expect(due).toBeLessThanOrEqual(from + life * 0.701)
        },
      ),
    )
  })
})

test('a new certificate is served from the moment it is there, without a restart', async () => {
  const shown = () =>
    new Promise<string>((resolve, reject) => {
      const { port, hostname: host } = new URL(collector.url)
      const socket = connect({ port: Number(port), host, rejectUnauthorized: false }, () => {
        resolve(socket.getPeerCertificate().fingerprint256)
        socket.destroy()
      })
      socket.on('error', reject)
    })
  const before = await shown()
  writeFileSync(at('tls.crt'), 'half a certificate')
  process.emit('SIGHUP')
  expect(await shown()).toBe(before)
  copyFileSync(at('two.crt'), at('tls.crt'))
  copyFileSync(at('two.key'), at('tls.key'))
  process.emit('SIGHUP')
  expect(await shown()).not.toBe(before)
})

function sealed(agent: string, sequence: number, signer: Credentials['signer']): Uint8Array {
  return sealEnvelope(Buffer.from(JSON.stringify(record(profile, { agent, sequence }))), signer)
}

async function deliver(pin: string | null, bytes: Uint8Array) {
  const connections = await openConnections(new URL('/api/v1/records', collector.url), pin)
  try {
    return await posterOn(connections, 10_000).post(bytes, null)
  } finally {
    connections.close()
  }
}
