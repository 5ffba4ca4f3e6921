import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openTab } from '../../support/browser.ts'
import { run } from '../../support/program.ts'
import { enrolledSite } from './enrolled-site.ts'

const CAPS = { maxCalls: 2, maxKbitPerSecond: 200, consent: ['path'] }

test('on the page somebody signs in, asks for a run, and reads what it found', async () => {
  const site = await enrolledSite()
  await site.put(await site.plan({ caps: CAPS }))
  const agent = site.startAgent()
  await agent.says(/measures by its plan/)
  const data = ['--data', join(site.folder, 'data')]
  const made = await run(['--json', 'collector', 'users', 'add', 'boss', '--admin', ...data])
  const { password } = JSON.parse(made.out) as { readonly password: string }
  const tab = await openTab(site.url)
  await tab.until("document.getElementById('access') !== null")
  const signIn = (secret: string) =>
    tab.evaluate(`{
      document.getElementById('name').value = 'boss'
      document.getElementById('password').value = ${JSON.stringify(secret)}
      document.getElementById('access').requestSubmit()
    }`)
  await signIn('wrong')
  await tab.until("document.getElementById('refused').textContent.includes('is wrong')")
  await signIn(password)
  await tab.until("document.getElementById('leave')?.hidden === false")
  const button = (text: string) =>
    `[...document.querySelectorAll('.runs button')].find((one) => one.textContent === '${text}')`
  await tab.until(`${button('Path')} !== undefined && !${button('Path')}.disabled`)
  // What the plan does not allow cannot be pressed.
  expect(await tab.evaluate(`${button('Voice')}.disabled`)).toBe(true)
  await tab.evaluate(`${button('Path')}.click()`)
  await tab.until("/VRN-5[\\s\\S]*46/.test(document.querySelector('.runs').textContent)")
  const { body } = await site.api('GET', '/sites/leeds/runs')
  expect(body.runs).toMatchObject([{ ask: { kind: 'path' }, state: 'done', agent: 'leeds-1' }])
  agent.child.kill('SIGTERM')
  await agent.ended
}, 300_000)
