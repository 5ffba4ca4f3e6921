import { expect, test } from 'vitest'
import { openTab } from '../../support/browser.ts'
import { MINUTE, START } from '../support/fixtures.ts'
import { filled } from '../support/logged-world.ts'

test('from the page of a site one comes to its reports, and reads what is pinned and why', async () => {
  const { app, store, clock } = await filled(16)
  // The page tells the time by the clock of its browser.
  clock.nowMs = Date.now()
  const pin = { id: '0190c0de-0000-7000-8000-000000000001', by: 'user:boss', why: 'CASE-7 <b>' }
  const times = { fromMs: START, toMs: START + 15 * MINUTE, enteredMs: START, releasedMs: null }
  await store.history.putPin({ site: 'leeds', ...pin, ...times })
  const address = await app.listen({ host: '127.0.0.1', port: 0 })
  const tab = await openTab(`${address}/#leeds`)
  await tab.until("document.querySelector('.papers') !== null")
  await tab.evaluate("document.querySelector('.papers').open = true")
  await tab.until("/CASE-7 <b>.*pinned by boss/.test(document.querySelector('.pins').textContent)")
  await tab.until(
    "/raw rows of \\d+ windows?: 0 kept/.test(document.querySelector('.pins').textContent)",
  )
  await tab.until("document.querySelector('.months').textContent.includes('2026-03')")
  const link = "document.querySelector('.months a').getAttribute('href')"
  expect(await tab.evaluate(link)).toBe('/api/v1/sites/leeds/reports/monthly?month=2026-03')
  // What a button asks for is made, and opened as what runs nothing.
  await tab.evaluate(`(async () => {
    window.open = (path) => { window.opened = path }
    const at = (name) => document.querySelector('.papers input[name=' + name + ']')
    at('from').value = '2026-03-02T10:00'
    at('to').value = '2026-03-02T10:15'
    const button = (text) => [...document.querySelectorAll('.papers button')].find((one) => one.textContent === text)
    button('Eligibility').click()
    await new Promise((drawn) => setTimeout(drawn, 100))
    window.told = document.querySelector('.papers p[role=status]').textContent
    button('Readiness').click()
  })()`)
  expect(await tab.evaluate('window.told')).toContain('what both parties call the outage')
  const found = await tab.evaluate(`fetch(window.opened).then(async (answer) =>
    [answer.status, answer.headers.get('content-security-policy'), (await answer.text()).slice(0, 15)])`)
  expect(found).toEqual([200, expect.stringContaining('sandbox'), '<!doctype html>'])
}, 120_000)

test('what cannot be read is not said to be nothing', async () => {
  const { app, clock } = await filled(2)
  clock.nowMs = Date.now()
  const address = await app.listen({ host: '127.0.0.1', port: 0 })
  // As an answer that is none of the API's.
  const tab = await openTab(`${address}/#leeds`, [[/\/pins$/, { pins: null }]])
  await tab.until("document.querySelector('.papers') !== null")
  await tab.evaluate("document.querySelector('.papers').open = true")
  const said = "document.querySelector('.papers').textContent"
  await tab.until(`${said}.includes('Months and pins cannot be read: ')`)
  expect(await tab.evaluate(said)).not.toMatch(/No record of this site is kept|None: records/)
}, 120_000)
