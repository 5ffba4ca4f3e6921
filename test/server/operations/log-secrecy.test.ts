import { once } from 'node:events'
import { expect, test } from 'vitest'
import { run, start } from '../../support/program.ts'
import { temporaryDirectory } from '../../support/temporary.ts'
import { envelope, record } from '../support/fixtures.ts'

test('whatever is asked, no token and no header that carries one comes into the log', {
  timeout: 60_000,
}, async () => {
  const data = temporaryDirectory()
  const add = ['collector', 'tokens', 'add', '--data', data, '--json']
  const { out } = await run([...add, '--agent', 'leeds-1', '--site', 'leeds'])
  const token = String(JSON.parse(out).token)
  const secret = token.split('_').slice(2).join('_')
  expect(secret.length).toBeGreaterThan(15)
  const listen = ['--listen', '127.0.0.1:0', '--log-level', 'debug']
  const collector = start(['--json', 'collector', '--data', data, ...listen])
  const url = /"url":"([^"]+)"/.exec(await collector.says(/"url":"/))?.[1] ?? ''
  const post = (path: string, authorization: string, body: string) =>
    fetch(`${url}${path}`, {
      ...{ method: 'POST', body },
      headers: { authorization, 'content-type': 'application/json', cookie: `session=${secret}` },
    }).then((response) => response.status)
  const good = envelope(record('a'.repeat(64), { observations: [] }))
  const statuses = [
    await post('/api/v1/records', `Bearer ${token}`, good),
    await post('/api/v1/records', `Bearer ${token}x`, good),
    await post('/api/v1/records', `Basic ${token}`, good),
    await post('/api/v1/records', `Bearer ${token}`, `{"token":"${token}"`),
    await post(`/api/v1/nowhere?token=${token}`, `Bearer ${token}`, '{}'),
    await post('/api/v1/enrol', '', JSON.stringify({ token, site: 'leeds' })),
  ]
  expect(statuses[0]).toBe(201)
  expect(statuses.slice(1).filter((status) => status < 400 || status > 499)).toEqual([])
  collector.child.kill('SIGTERM')
  await once(collector.child, 'close')
  const { out: log, err } = await collector.ended
  expect(log).toContain('"listening"')
  expect(`${log}${err}`).not.toContain(secret)
  expect(`${log}${err}`).not.toMatch(/bearer |"authorization"/i)
})
