import { expect, test } from 'vitest'
import { LOOK_AGAIN, openTab } from '../../support/browser.ts'
import { testCollector } from '../support/collector.ts'

test('a page without sites says how the first one comes to it, with commands that can be pasted', async () => {
  const { app } = await testCollector()
  const address = await app.listen({ host: '127.0.0.1', port: 0 })
  const tab = await openTab(address)
  await tab.until("document.querySelector('.start') !== null")
  const commands = "[...document.querySelectorAll('.command code')].map((one) => one.textContent)"
  expect(await tab.evaluate(commands)).toEqual([
    'voip-ready collector enrol create --site my-site',
    `voip-ready agent enrol '${address}#ID.SECRET' --state my-site-agent`,
    'voip-ready agent --site my-site.yaml --state my-site-agent --spool my-site-agent/spool',
  ])
  // It is drawn once: a look at the collector must not take away what somebody selects.
  await tab.evaluate(`document.querySelector('.start').dataset.mark = 'kept'; ${LOOK_AGAIN}`)
  expect(await tab.evaluate("document.querySelector('.start').dataset.mark")).toBe('kept')
  expect(await tab.evaluate("document.querySelectorAll('.command button').length")).toBe(3)
}, 120_000)

test('an address that names no site is none, and the page stands', async () => {
  const { app } = await testCollector()
  const tab = await openTab(`${await app.listen({ host: '127.0.0.1', port: 0 })}/#%E0%A4%A`)
  await tab.until("document.querySelector('.start') !== null")
}, 120_000)
