import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import { loadProfile } from '../../../config/load.ts'
import { newSecret } from '../../../server/access/bearer.ts'
import { auditOf } from '../../../server/access/desk.ts'
import type { Store } from '../../../server/store/store.ts'
import { GOOD_LEG, lossOf, PACKETS, silent, stream } from '../../shared/verdict/scenes.ts'
import { LOOK_AGAIN, openTab } from '../../support/browser.ts'
import { answer, type TestCollector, testCollector } from '../support/collector.ts'
import { envelope, MINUTE, record, START } from '../support/fixtures.ts'

const NAMED = 'a-branch-office-with-a-name-as-long-as-names-of-sites-may-be-xx'
const WORDS = {
  'hull-lossy': 'NOT READY',
  [NAMED]: 'CANNOT SAY',
  'bath-silent': 'SILENT',
  'dover-waits': 'FAR ENDS SILENT',
  'ely-revoked': 'KEY TAKEN BACK',
  'kent-planned': 'NEVER HEARD',
}
/** What else must be seen from afar. */
const BESIDES = {
  'hull-lossy': 'nothing from secondary',
  'kent-planned': 'maintenance until 2099-01-01 00:00 UTC',
}
const THEN = {
  'bath-silent': ['As it was at ', true],
  'dover-waits': ['As it was at ', true],
  'hull-lossy': [null, false],
}
const LINK = "document.getElementById('link').textContent"
const choosing = (site: string) =>
  `document.querySelector('#sites button[data-key="${site}"]').click()`
const WIDTHS = [390, 800, 1000, 1400]

test('each state of a site is told in words, and no width of a window cuts anything off', async () => {
  const collector = await testCollector()
  const address = await collector.app.listen({ host: '127.0.0.1', port: 0 })
  await fleet(collector, address)
  const tab = await openTab(address)
  const rows = "[...document.querySelectorAll('#sites button')]"
  const wait = `${rows}.length === ${Object.keys(WORDS).length} && !document.getElementById('sites').textContent.includes('NOT JUDGED YET')`
  await tab.until(wait)
  const told = `Object.fromEntries(${rows}.map((one) => [one.querySelector('b').textContent, one.querySelector('small').textContent.split(' \u00b7 ')[0]]))`
  expect(await tab.evaluate(told)).toEqual(WORDS)
  // What nobody sees stands before what is seen and only not proven.
  const order = `${rows}.map((one) => one.dataset.key)`
  const blind = ['bath-silent', 'dover-waits', 'kent-planned']
  expect(await tab.evaluate(order)).toEqual(['hull-lossy', ...blind, NAMED, 'ely-revoked'])
  const header = "document.body.innerText.includes('5 cannot say (3 not seen now)')"
  expect(await tab.evaluate(header)).toBe(true)
  const besides = `Object.fromEntries(${rows}.flatMap((one) => { const said = one.querySelector('small').textContent.split(' \u00b7 ').slice(2).join(); return said ? [[one.querySelector('b').textContent, said]] : [] }))`
  expect(await tab.evaluate(besides)).toEqual(BESIDES)
  for (const width of WIDTHS) {
    await tab.resize(width)
    for (const site of Object.keys(WORDS)) {
      await tab.evaluate(choosing(site))
      await tab.until(`document.querySelector('.head h2')?.textContent === '${site}'`)
      expect(await tab.evaluate(OVER), `${site} at ${width} px`).toEqual([])
    }
  }
  await tab.evaluate(choosing('ely-revoked'))
  await tab.until("document.querySelector('.head h2')?.textContent === 'ely-revoked'")
  expect(await tab.evaluate("document.querySelector('.head .now').textContent")).toBe(
    'KEY TAKEN BACK',
  )
  const notes = "[...document.querySelectorAll('.note')].map((one) => one.textContent).join()"
  expect(await tab.evaluate(notes)).toContain('The key (or token) of its agent was taken back')
  await tab.evaluate(choosing(NAMED))
  await tab.until(`document.querySelector('.head h2')?.textContent === '${NAMED}'`)
  expect(await tab.evaluate(notes)).toContain('answers came from 192.0.2.9 port 4000')
  // What a silence has overtaken does not look like now.
  const past = `[document.querySelector('.was')?.textContent.slice(0, 13), document.querySelector('.past table') !== null]`
  for (const [site, then] of Object.entries(THEN)) {
    await tab.evaluate(choosing(site))
    await tab.until(`document.querySelector('.head h2')?.textContent === '${site}'`)
    expect(await tab.evaluate(past), site).toEqual(then)
  }
  // Lines that wait for a value name the key that it stands under, or what would bring them all.
  const untested = "document.getElementById('untested').textContent"
  expect(await tab.evaluate(untested)).toContain("Next: put its values into the site's plan at ")
  await tab.evaluate(choosing('kent-planned'))
  await tab.until("document.querySelector('.head h2')?.textContent === 'kent-planned'")
  expect(await tab.evaluate(untested)).toMatch(/Next: add ports\.MAINT-01\.hosts, .*, rtpPorts, /)
}, 240_000)

test('what a run of one line came to is no word for the whole site', async () => {
  const collector = await testCollector()
  await collector.deliver(envelope(record(collector.profileSha256)))
  const run = {
    ...{ id: 'x', ask: { kind: 'path' }, state: 'done', why: '', by: 'user:anna' },
    askedAt: '2026-11-28T10:00:00Z',
  }
  const judged = { overall: 'READY', onlyLines: ['VRN-5'], findings: [] }
  const tab = await openTab(await collector.app.listen({ host: '127.0.0.1', port: 0 }), [
    [/\/runs$/, { runs: [run] }],
    [/\/runs\/x$/, { ...run, result: null, judged }],
  ])
  const findings = "document.querySelector('.runs li button')"
  await tab.until(`${findings} !== null`)
  await tab.evaluate(`${findings}.click()`)
  await tab.until("document.querySelector('.runs .pass') !== null")
  const said = "document.querySelector('.runs .pass').textContent"
  expect(await tab.evaluate(said)).toBe('pass in VRN-5 alone, by what this run saw.')
}, 120_000)

test('what is drawn anew every few seconds leaves the keyboard where it stood', async () => {
  const collector = await testCollector()
  const address = await collector.app.listen({ host: '127.0.0.1', port: 0 })
  await fleet(collector, address)
  const tab = await openTab(address)
  await tab.until("document.querySelector('.head h2') !== null")
  await tab.evaluate(choosing('hull-lossy'))
  await tab.until("document.querySelector('.head h2').textContent === 'hull-lossy'")
  const places = {
    site: "document.querySelector('#sites button[data-key=bath-silent]')",
    view: "[...document.querySelectorAll('.choice button')].at(-1)",
    papers: "document.querySelector('.papers summary')",
    typed: "document.querySelector('input[name=outage]')",
  }
  await tab.evaluate(`${places.papers}.click()`)
  for (const [name, place] of Object.entries(places)) {
    await tab.evaluate(`window.stood = ${place}; stood.focus()`)
    // Typed into as by hand: the mark in the text stays, too.
    if (name === 'typed') await tab.evaluate("stood.value='CS-4711';stood.setSelectionRange(3,3)")
    // As its timer does every five seconds.
    await tab.evaluate(`window.was = ${LINK}; ${LOOK_AGAIN}`)
    await tab.until(`${LINK} !== was`)
    const now = 'document.activeElement'
    expect(await tab.evaluate(`${now} === ${place}`), name).toBe(true)
    if (name === 'typed') {
      expect(await tab.evaluate(`[${now}.value,${now}.selectionStart]`)).toEqual(['CS-4711', 3])
    }
  }
}, 240_000)

test('all sites are one stop of the keyboard, and arrows go from one to the next', async () => {
  const collector = await testCollector()
  const address = await collector.app.listen({ host: '127.0.0.1', port: 0 })
  await fleet(collector, address)
  const tab = await openTab(address)
  await tab.until(
    `document.querySelectorAll('#sites button').length === ${Object.keys(WORDS).length}`,
  )
  const stops =
    "[...document.querySelectorAll('#sites button')].filter((one) => one.tabIndex === 0)"
  expect(await tab.evaluate(`${stops}.map((one) => one.getAttribute('aria-current'))`)).toEqual([
    'true',
  ])
  await tab.evaluate(`${stops}[0].focus()`)
  const rows = "[...document.querySelectorAll('#sites button')]"
  const press = (key: string) =>
    tab.evaluate(`(() => {
      document.activeElement.dispatchEvent(new KeyboardEvent('keydown', { key: '${key}', bubbles: true }))
      return ${rows}.indexOf(document.activeElement)
    })()`)
  const places = []
  for (const key of ['Home', 'ArrowDown', 'ArrowDown', 'ArrowUp', 'End', 'ArrowDown', 'Home']) {
    places.push(await press(key))
  }
  const end = Object.keys(WORDS).length - 1
  expect(places).toEqual([0, 1, 2, 1, end, end, 0])
}, 240_000)

/** What is wider than the window (outside of what scrolls by itself), cut findings, a chosen site out of sight. */
const OVER = `(() => {
  const wide = document.documentElement.clientWidth
  const scrolls = (one) => one !== null && (/auto|scroll/.test(getComputedStyle(one).overflowX) || scrolls(one.parentElement))
  const over = [...document.body.querySelectorAll('*')].filter((one) => one.getBoundingClientRect().right > wide + 1 && !scrolls(one.parentElement))
  const chosen = document.querySelector('#sites [aria-current=true]')
  const { left, right } = chosen.getBoundingClientRect()
  if (left < 0 || right > wide) over.push(chosen)
  over.push(...[...document.querySelectorAll('.scroll')].filter((one) => one.scrollWidth > one.clientWidth))
  return [...over.map((one) => one.outerHTML.slice(0, 80)), ...(document.documentElement.scrollWidth > wide ? ['the page'] : [])]
})()`

/** One site in each state, each with an agent by a token. */
async function fleet(
  { app, store, deliver, clock, profileSha256, issue }: TestCollector,
  address: string,
): Promise<void> {
  const agents = new Map<string, Awaited<ReturnType<typeof agentToken>>>()
  for (const site of Object.keys(WORDS)) agents.set(site, await agentToken(store, site))
  const send = async (site: string, minute: number, change: Parameters<typeof record>[1] = {}) => {
    const one = record(profileSha256, {
      ...change,
      minute,
      sequence: 1,
      site,
      agent: agentOf(site),
      boot: randomUUID(),
    })
    const header = agents.get(site)?.header ?? {}
    const sent = async () => (await deliver(envelope(one), header)).status
    await expect.poll(sent, { timeout: 20_000 }).toBe(201)
  }
  // The page tells the time by the clock of its browser.
  const now = Math.floor((Date.now() - START) / MINUTE)
  clock.nowMs = START + (now - 29) * MINUTE
  for (const site of ['bath-silent', 'ely-revoked']) await send(site, now - 30)
  clock.nowMs = Date.now()
  const [from, to] = [START + (now - 1) * MINUTE, START + now * MINUTE]
  const lossy = { ...GOOD_LEG, loss: lossOf(600) }
  await send('hull-lossy', now - 1, {
    observations: [
      stream({ farEnd: 'primary', from, to, out: lossy }),
      stream({ farEnd: 'secondary', from, to }),
    ],
  })
  const answeredFrom = { address: '192.0.2.9', port: 4000 }
  const elsewhere = { ...silent(PACKETS, { farEnd: 'primary', from, to }), answeredFrom }
  const nothing = { observations: [elsewhere] }
  await send(NAMED, now - 1, nothing)
  await send('dover-waits', now - 1)
  const lives = {
    'dover-waits': 'heard=0&primarySilent=60&secondarySilent=60',
    'hull-lossy': 'heard=1&secondarySilent=60',
  }
  for (const [site, life] of Object.entries(lives)) {
    const { header: headers = {} } = agents.get(site) ?? {}
    const work = await fetch(`${address}/api/v1/agents/self/work?wait=0&${life}`, { headers })
    expect(work.status).toBe(204)
  }
  const { id = '' } = agents.get('ely-revoked') ?? {}
  const audit = auditOf({ nowMs: () => clock.nowMs }, 'console:test', 'token.revoke', null)
  expect(await store.access.revokeToken(id, clock.nowMs, audit)).toBe(true)
  const plan = await planOf('kent-planned')
  const headers = { host: HOST, ...(await issue('admin')) }
  const put = { method: 'PUT', url: '/api/v1/sites/kent-planned/plan', headers } as const
  const kept = async () => (await answer(app, { ...put, payload: plan })).status
  await expect.poll(kept, { timeout: 20_000 }).toBe(201)
}

const HOST = '127.0.0.1:8460'

async function planOf(site: string) {
  const { sha256, profile } = await loadProfile('pureconnect-rcm')
  const key = `lab:${Buffer.alloc(32, 7).toString('base64url')}`
  return {
    format: 'voip-ready/plan/1',
    site: {
      ...{ format: 'voip-ready/site/1', site, profile: profile.id },
      farEnds: { primary: { reflector: '127.0.0.1', key } },
    },
    profile: { id: profile.id, version: profile.version, sha256 },
    maintenance: [
      { id: 'move', from: '2026-01-01T00:00:00Z', to: '2099-01-01T00:00:00Z', why: 'they move' },
    ],
  }
}

async function agentToken({ access }: Store, site: string) {
  const { written, ...secret } = newSecret()
  const owner = { name: site, role: 'agent' as const, customer: null, site, agent: agentOf(site) }
  const audit = auditOf({ nowMs: () => START }, 'console:test', 'token.add', null)
  await access.addToken({ ...owner, ...secret, addedMs: START, expiresMs: null }, audit)
  return { id: secret.id, header: { authorization: `Bearer ${written}` } }
}

const agentOf = (site: string) => `agent-${site}`.slice(0, 63).replace(/-$/, '')
