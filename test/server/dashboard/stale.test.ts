import { expect, test } from 'vitest'
import { LOOK_AGAIN, openTab, type Tab } from '../../support/browser.ts'
import { testCollector } from '../support/collector.ts'

const text = (id: string) => `document.getElementById('${id}').textContent`

async function opened(): Promise<{ readonly tab: Tab; readonly gone: () => Promise<void> }> {
  const { app } = await testCollector()
  const tab = await openTab(await app.listen({ host: '127.0.0.1', port: 0 }))
  await tab.until(`${text('link')}.startsWith('updated ')`)
  return { tab, gone: () => app.close() }
}

test('of a collector that went away the page says when it was read last, and what it shows looks old', async () => {
  const { tab, gone } = await opened()
  expect(await tab.evaluate("document.getElementById('stale').hidden")).toBe(true)
  await gone()
  await tab.evaluate(LOOK_AGAIN)
  await tab.until("document.querySelector('main').classList.contains('stale')")
  expect(await tab.evaluate(text('stale'))).toMatch(
    /^The collector cannot be read \(.+\)\. What stands here is as of \d\d:\d\d:\d\d UTC, and is not/,
  )
  // Whoever has scrolled down to the findings sees it too.
  await tab.resize(390)
  await tab.evaluate("document.body.style.minHeight='3000px';scrollTo(0,1000)")
  const seen = "document.getElementById('stale').getBoundingClientRect().top"
  expect(await tab.evaluate(seen)).toBe(0)
}, 120_000)

test('while text is selected the page is not drawn anew, and does not claim to be', async () => {
  const { tab } = await opened()
  await tab.evaluate("getSelection().selectAllChildren(document.getElementById('fleet'))")
  await tab.evaluate(LOOK_AGAIN)
  await tab.until(`${text('link')}.startsWith('as of ')`)
  const said = await tab.evaluate(text('link'))
  expect(said).toMatch(/^as of \d\d:\d\d:\d\d UTC: not drawn anew while text is selected$/)
  await tab.evaluate(`getSelection().removeAllRanges();${LOOK_AGAIN}`)
  await tab.until(`${text('link')}.startsWith('updated ')`)
}, 120_000)

test('who has yet to sign in is not told that the collector is being asked', async () => {
  const { app } = await testCollector({ readAccess: 'token' })
  const tab = await openTab(await app.listen({ host: '127.0.0.1', port: 0 }))
  await tab.until("document.getElementById('access') !== null")
  expect(await tab.evaluate(text('site'))).toBe('Sites are shown here to those who have signed in.')
}, 120_000)
