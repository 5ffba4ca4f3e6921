import { expect, test } from 'vitest'
import { LOOK_AGAIN, openTab, type Tab, type Told } from '../../support/browser.ts'
import { testCollector } from '../support/collector.ts'
import { envelope, record } from '../support/fixtures.ts'

const BUSY = { title: 'Too much is asked at once', detail: 'the store is busy' }
const SITE = "document.getElementById('site').textContent"
const LINK = "document.getElementById('link').textContent"

async function opened(told: Told): Promise<Tab> {
  const { app, deliver, profileSha256 } = await testCollector()
  await deliver(envelope(record(profileSha256)))
  return openTab(`${await app.listen({ host: '127.0.0.1', port: 0 })}/#leeds`, told)
}

test('conflicts of the log that cannot be asked for are not none: it is said, and those heard of stay', async () => {
  const since = '2026-03-02T10:00:00.000Z'
  const conflict = { site: 'leeds', agent: 'leeds-1', what: 'two-roots', size: 7, since }
  const tab = await opened([[/\/ledger$/, { conflicts: [conflict] }]])
  await tab.until("document.querySelector('.head h2') !== null")
  const said = "[...document.querySelectorAll('[role=alert]')].map((one) => one.textContent).join()"
  const held = 'leeds-1 holds two signed heads of one size (7 leaves'
  expect(await tab.evaluate(said)).toContain(held)
  const fleet = "document.getElementById('fleet').textContent"
  expect(await tab.evaluate(fleet)).toMatch(/; 1 holds another log than this$/)
  const row = "document.querySelector('#sites button').textContent"
  expect(await tab.evaluate(row)).toMatch(/ old · another log there$/)
  await tab.evaluate(`{
    const asked = window.fetch
    window.fetch = (path, how) => /ledger$/.test(path)
      ? Promise.resolve(Response.json(${JSON.stringify(BUSY)}, { status: 503 }))
      : asked(path, how)
    ${LOOK_AGAIN}
  }`)
  await tab.until(
    `${said}.includes('cannot be read: Too much is asked at once: the store is busy.')`,
  )
  expect(await tab.evaluate(said)).toContain(held)
  expect(await tab.evaluate(LINK)).toMatch(/^updated /)
}, 120_000)

test('a collector that keeps no log has none that agents could hold anything against', async () => {
  const tab = await opened([[/\/ledger$/, { title: 'no such route' }, 404]])
  await tab.until("document.querySelector('.head h2') !== null")
  expect(await tab.evaluate(SITE)).not.toContain('cannot be read')
}, 120_000)

test('a plan that cannot be read is no longer "no plan"', async () => {
  const tab = await opened([[/\/plan$/, BUSY, 503]])
  await tab.until(`${LINK} === 'cannot read: Too much is asked at once: the store is busy'`)
  expect(await tab.evaluate(SITE)).not.toContain('This site has no plan')
}, 120_000)

test('who reads here is asked until it is known: nobody is told meanwhile that he may not', async () => {
  const session = { name: 'token:noc', role: 'admin', customer: null, csrf: null }
  const tab = await opened([[/\/session$/, BUSY, 503]])
  await tab.until("document.querySelector('.runs') !== null")
  const runs = "document.querySelector('.runs').textContent"
  expect(await tab.evaluate(runs)).toContain('Whether you may ask for runs cannot be read now')
  await tab.evaluate(`{
    const asked = window.fetch
    window.fetch = (path, how) => /session$/.test(path)
      ? Promise.resolve(Response.json(${JSON.stringify(session)}))
      : asked(path, how)
    ${LOOK_AGAIN}
  }`)
  await tab.until("document.querySelector('.runs .kinds') !== null")
}, 120_000)

test('a run that was not cancelled, and a session that was not ended, are said to go on', async () => {
  const session = { name: 'user:boss', role: 'admin', customer: null, csrf: 'x' }
  const run = {
    ...{ id: 'x', ask: { kind: 'path' }, state: 'running', why: '', by: 'user:boss' },
    askedAt: '2026-11-28T10:00:00Z',
  }
  const tab = await opened([
    [/\/session$/, session],
    [/\/runs$/, { runs: [run] }],
  ])
  await tab.until("document.querySelector('.runs [role=status] button') !== null")
  await tab.evaluate(`{
    const asked = window.fetch
    window.fetch = (path, how) => how?.method === 'DELETE'
      ? Promise.resolve(Response.json(${JSON.stringify(BUSY)}, { status: 503 }))
      : asked(path, how)
    document.querySelector('.runs [role=status] button').click()
    document.getElementById('leave').click()
  }`)
  const why = 'Too much is asked at once: the store is busy'
  await tab.until(`document.querySelector('.runs [role=status]').textContent.startsWith('${why}')`)
  await tab.until(
    `document.querySelector('header [role=alert]').textContent === 'You are still signed in: ${why}'`,
  )
}, 120_000)
