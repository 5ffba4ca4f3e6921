import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { enrolledSite } from '../../agent/runs/enrolled-site.ts'
import { run } from '../../support/program.ts'

test('plans and runs from the command line of the host, beside the running collector', {
  timeout: 300_000,
}, async () => {
  const site = await enrolledSite()
  const beside = ['--data', join(site.folder, 'data'), '--url', site.url]
  const collector = (...words: readonly string[]) => run(['collector', ...words, ...beside])
  const file = join(site.folder, 'plan.json')
  // A profile that is only named gets its hash from the command.
  writeFileSync(file, JSON.stringify({ ...(await site.plan()), profile: 'pureconnect-rcm' }))
  expect(await collector('plan', 'put', 'leeds', file)).toMatchObject({
    ...{ code: 0, out: 'Plan 1 of leeds is in force.\n' },
  })
  expect((await collector('plan', 'put', 'leeds', file)).out).toContain('in force already')
  writeFileSync(file, JSON.stringify({ ...(await site.plan()), caps: { maxCalls: 0 } }))
  const bad = await collector('plan', 'put', 'leeds', file)
  const at = expect.stringMatching(/plan\.json:1:\d+: caps\.maxCalls: wanted/)
  expect(bad).toMatchObject({ code: 3, err: at })
  const shown = await collector('plan', 'show', 'leeds')
  expect(shown.out).toContain('# plan 1 of leeds')
  expect(shown.out).not.toContain(site.reflector.key)
  expect((await collector('plan', 'list')).out).toContain('no agent has pulled it yet')

  const refused = await collector('run', 'ask', 'leeds', 'media')
  expect(refused).toMatchObject({ code: 3, err: expect.stringContaining('plan.caps.consent') })
  const asked = await collector('run', 'ask', 'leeds', 'path', '--seconds', '5', '--no-wait')
  expect(asked.code).toBe(0)
  const id = asked.out.trim()
  const watching = collector('run', 'watch', 'leeds', id)
  const cancelled = await collector('run', 'cancel', 'leeds', id)
  expect(cancelled).toMatchObject({ code: 0, out: `Run ${id} is cancelled.\n` })
  expect(await watching).toMatchObject({ code: 4, out: expect.stringContaining('cancelled by') })
  const listed = JSON.parse((await collector('run', 'list', 'leeds', '--json')).out)
  expect(listed).toMatchObject([{ id, state: 'cancelled', by: expect.stringMatching(/^token:/) }])

  // No store here, no token: it says what to give, and makes no store.
  const lost = await run(['collector', 'run', 'list', 'leeds', '--data', join(site.folder, 'no')])
  expect(lost).toMatchObject({ code: 3, err: expect.stringContaining('--token-file') })
  writeFileSync(join(site.folder, 'token'), site.admin)
  const elsewhere = ['--token-file', join(site.folder, 'token'), '--url']
  const list = ['collector', 'plan', 'history', 'leeds', ...elsewhere]
  expect(await run([...list, site.url])).toMatchObject({ code: 0 })
  expect(await run([...list, 'http://127.0.0.1:1'])).toMatchObject({ code: 4 })
})
