import { expect, test } from 'vitest'
import { Strangers } from '../../../server/ingest/strangers.ts'
import { testCollector } from '../support/collector.ts'

test('a source that sends much without proof has to wait, others need not, and time heals', () => {
  const clock = { ms: 0 }
  const strangers = new Strangers(() => clock.ms)
  for (let n = 0; n < 600; n += 1) {
    expect(strangers.waitSeconds('192.0.2.1')).toBe(0)
    strangers.refused('192.0.2.1', 'not-json')
  }
  expect(strangers.waitSeconds('192.0.2.1')).toBe(1)
  expect(strangers.waitSeconds('192.0.2.2')).toBe(0)
  clock.ms = 150
  expect(strangers.waitSeconds('192.0.2.1')).toBe(0)
})

test('what only an agent with a key can be refused for costs it nothing', () => {
  const strangers = new Strangers(() => 0)
  for (let n = 0; n < 2000; n += 1) strangers.refused('192.0.2.1', 'unknown-kind')
  expect(strangers.waitSeconds('192.0.2.1')).toBe(0)
})

test('a flood of garbage is turned away before it is read; who shows a token is still heard', async () => {
  const { app, agent, deliver } = await testCollector()
  const flood = () =>
    app.inject({
      ...{ method: 'POST', url: '/api/v1/records', payload: `${'x\n'.repeat(500)}` },
      headers: { host: '127.0.0.1:8460', 'content-type': 'application/x-ndjson' },
    })
  for (let n = 0; n < 3; n += 1) await flood()
  const after = await flood()
  expect(after.statusCode).toBe(429)
  expect(Number(after.headers['retry-after'])).toBeGreaterThan(0)
  expect((await deliver('{}', agent)).status).toBe(400)
})
