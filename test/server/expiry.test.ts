import { expect, test, vi } from 'vitest'
import { auditOf } from '../../server/access/desk.ts'
import { Expiry } from '../../server/expiry.ts'
import { checkExpiry } from '../../server/operations/expiry-checkup.ts'
import { temporaryDirectory } from '../support/temporary.ts'
import { testCollector } from './support/collector.ts'
import { envelope, MINUTE, record, START } from './support/fixtures.ts'
import { enrolAgent, KEY_END } from './support/logged-world.ts'

vi.setConfig({ testTimeout: 120_000 })
const DAY = 24 * 60 * MINUTE

test('what runs out is a warning and a figure, by name only to who may know, and records go on', async () => {
  const directory = temporaryDirectory()
  const collector = await testCollector({ directory })
  const { store, clock, get, issue, deliver, profileSha256 } = collector
  await enrolAgent(store, 'leeds-2')
  const audit = auditOf({ nowMs: () => START }, 'console:test', 'token.add', null)
  const token = { role: 'viewer' as const, customer: null, site: null, agent: null, addedMs: START }
  await store.access.addToken(
    { ...token, id: 'soon', secretSha256: 'a'.repeat(64), name: 'board', expiresMs: KEY_END },
    audit,
  )
  const ready = async () => (await get('/readyz')).body
  clock.nowMs = KEY_END - 46 * DAY
  expect(await ready()).toMatchObject({ ready: true, warnings: [] })
  expect((await get('/metrics')).text).not.toMatch(/^voipready_(agent_key|api_token)_expiry/m)

  clock.nowMs = KEY_END - 10 * DAY
  await expect.poll(async () => (await ready()).warnings.length, { timeout: 20_000 }).toBe(2)
  const told = await ready()
  expect(told.ready, 'a warning never makes it unready').toBe(true)
  expect(told.warnings).toMatchObject([
    { what: 'agent keys', found: expect.stringContaining('(10 days)') },
    { what: 'API tokens', found: expect.stringContaining('1 of role viewer') },
  ])
  expect(JSON.stringify(told), 'for everybody, so it names nobody').not.toMatch(/leeds|board/)
  const all = (await get('/metrics')).text
  expect(all).toContain(
    `voipready_agent_key_expiry_timestamp_seconds{site="leeds",agent="leeds-2"} ${KEY_END / 1000}`,
  )
  expect(all).toContain(
    `voipready_api_token_expiry_timestamp_seconds{role="viewer"} ${KEY_END / 1000}`,
  )
  const stranger = { host: 'collector.example', ...(await issue('viewer', 'nobody')) }
  expect((await get('/metrics', stranger)).text).not.toContain('leeds-2')
  const doctor = await checkExpiry(directory, null, clock.nowMs)
  expect(doctor).toMatchObject({ state: 'doubtful' })
  expect(doctor.found).toContain('leeds/leeds-2')

  clock.nowMs = KEY_END + DAY
  expect((await ready()).warnings[0].found).toContain('expired at')
  const minute = Math.round((clock.nowMs - START) / MINUTE) - 2
  expect((await deliver(envelope(record(profileSha256, { minute })))).status).toBe(201)
})

test('a certificate is told in its last three weeks; where none is served nothing is said', () => {
  const none = { keys: () => [], tokens: () => [] }
  const at = (days: number | null) =>
    new Expiry(
      none,
      () => (days === null ? null : START + days * DAY),
      () => START,
    ).warnings()
  expect(at(null)).toEqual([])
  expect(at(22)).toEqual([])
  expect(at(20)).toMatchObject([
    { what: 'certificate', found: expect.stringContaining('(20 days)') },
  ])
  expect(at(-1)).toMatchObject([{ found: expect.stringContaining('it expired at') }])
})
