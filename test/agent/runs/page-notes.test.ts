import { join } from 'node:path'
import { expect, test } from 'vitest'
import { LOOK_AGAIN, openTab } from '../../support/browser.ts'
import { run } from '../../support/program.ts'
import { enrolledSite } from './enrolled-site.ts'

test('the page says that an agent refused its plan, that there is maintenance, and that a key was taken back', async () => {
  const site = await enrolledSite()
  const at = (ms: number) => `${new Date(Date.now() + ms).toISOString().slice(0, 19)}Z`
  const window = {
    id: 'switch',
    from: at(-60_000),
    to: at(3_600_000),
    why: 'the switch is replaced',
  }
  const over = { ...window, id: 'over', from: at(-7_200_000), to: at(-3_600_000), why: 'long past' }
  await site.put(await site.plan({ maintenance: [over, window] }))
  const agent = site.startAgent()
  await agent.says(/measures by its plan/)
  const whole = (await site.plan({ maintenance: [window] })) as { readonly site: object }
  const ends = {
    primary: { reflector: '127.0.0.1', keyFile: '/nowhere/primary.key' },
    secondary: { reflector: '127.0.0.1', keyFile: '/nowhere/secondary.key' },
  }
  expect((await site.put({ ...whole, site: { ...whole.site, farEnds: ends } })).status).toBe(201)
  await agent.says(/the plan is refused/)
  const look = async () => (await site.api('GET', '/sites/leeds')).body
  const slow = { timeout: 180_000, interval: 500 }
  await expect.poll(look, slow).toMatchObject({
    plan: { version: 2, agents: [{ version: 2, applied: 1 }], maintenance: [{ id: 'switch' }] },
    // A record came: a site that was never heard is given up with its last key.
    last: { overall: expect.any(String) },
    agents: [{ revoked: false }],
  })

  const data = ['--data', join(site.folder, 'data')]
  const tab = await openTab(site.url)
  await tab.until("document.readyState === 'complete' && document.getElementById('site') !== null")
  await tab.evaluate(
    `sessionStorage.setItem('token', ${JSON.stringify(site.admin)}), ${LOOK_AGAIN}`,
  )
  const notes = "[...document.querySelectorAll('.note')].map((one) => one.textContent).join('\\n')"
  await tab.until(
    `${notes}.includes('leeds-1 refused version 2 of the plan and still measures by version 1')`,
  )
  const said = await tab.evaluate(notes)
  expect(said).toContain('primary.key')
  expect(said).toMatch(
    /Maintenance until .* UTC: the switch is replaced\. Verdicts here are as measured/,
  )
  expect(said).not.toContain('long past')

  const revoked = await run([
    'collector',
    'agents',
    'revoke',
    'leeds/leeds-1',
    '--why',
    'stolen',
    ...data,
  ])
  expect([revoked.code, revoked.err]).toEqual([0, ''])
  await expect.poll(look, slow).toMatchObject({ agents: [{ revoked: true }] })
  await tab.until("/leeds-1 .key taken back./.test(document.querySelector('.head').textContent)")
  agent.child.kill('SIGTERM')
  await agent.ended
}, 400_000)
