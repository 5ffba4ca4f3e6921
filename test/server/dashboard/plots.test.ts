import { expect, test } from 'vitest'
import { LOOK_AGAIN, openTab } from '../../support/browser.ts'
import { testCollector } from '../support/collector.ts'
import { envelope, record } from '../support/fixtures.ts'

const DAY_MS = 24 * 3_600_000
const STEP_SECONDS = 900

/** Seven days of one far end, of which nothing was seen, but a quarter hour before the last one. */
function week() {
  const to = Date.UTC(2026, 10, 25, 22, 30)
  const from = to - 7 * DAY_MS
  const points = (7 * DAY_MS) / STEP_SECONDS / 1000
  const none = Array.from({ length: points }, () => null)
  const once = (value: number) => none.map((_, n) => (n === points - 2 ? value : null))
  const letters = (letter: string) => `${'n'.repeat(points - 2)}${letter}n`
  const verdicts = Object.fromEntries(
    ['delay', 'jitter', 'loss', 'marking'].map((of) => [of, letters('p')]),
  )
  const leg = {
    ...{ delayMs: once(42), delayMsAtLeast: once(40), jitterMs: once(3) },
    ...{ lossRatio: once(0.02), verdicts: { ...verdicts, loss: letters('f') } },
  }
  const gapSeconds = none.map(() => STEP_SECONDS)
  const place = { farEnd: 'primary', segment: '', out: leg, back: leg, gapSeconds }
  const limits = { delayMs: 150, jitterMs: 30, lossRatio: 0.01 }
  const times = { from: new Date(from).toISOString(), to: new Date(to).toISOString() }
  return { ...times, points, stepSeconds: STEP_SECONDS, limits, places: [place] }
}

const RUNS = {
  truncated: false,
  overall: [
    { from: '2026-11-18T22:30:00Z', to: '2026-11-25T22:30:00Z', overall: 'NOT READY', cause: '' },
  ],
  intervals: [
    ['VRN-6', 'out', 'fail', 'beyond the limit', '2026-11-25T22:00:00Z'],
    ['VRN-6', 'back', 'pass', 'within the limit', '2026-11-18T22:30:00Z'],
    ['VRN-3', 'out', 'pass', 'within the limit', '2026-11-18T22:30:00Z'],
  ].map(([id, leg, verdict, meaning, from]) => ({
    ...{ id, leg, verdict, meaning, from, to: '2026-11-25T22:30:00Z' },
    ...{ farEnd: 'primary', segment: '', reason: 'x' },
  })),
}

/** The page of a site with this week behind it. */
async function opened() {
  const collector = await testCollector()
  await collector.deliver(envelope(record(collector.profileSha256)))
  const tab = await openTab(await collector.app.listen({ host: '127.0.0.1', port: 0 }), [
    [/\/timeline\?/, week()],
    [/\/findings\?from/, RUNS],
  ])
  await tab.until("document.querySelectorAll('.plots [role=slider]').length === 2")
  return tab
}

test('the names of days stand beside each other at every width, and none is cut off', async () => {
  const tab = await opened()
  const found = async (width: number) => {
    await tab.resize(width)
    const picture = "document.querySelectorAll('.plots svg')[2]"
    const box = "document.querySelector('.history')"
    await tab.until(`Math.abs(${picture}.clientWidth - Math.max(360, ${box}.clientWidth - 36)) < 8`)
    return tab.evaluate(`(() => {
      const svg = ${picture}
      const right = svg.getBoundingClientRect().right
      const days = [...svg.querySelectorAll('text')].filter((one) => /^\\w{3} \\d\\d/.test(one.textContent))
      const at = days.map((one) => one.getBoundingClientRect())
      return { days: days.length, over: at.filter((one, n) => one.right > (at[n + 1]?.left ?? right)).length }
    })()`)
  }
  expect(await found(390)).toEqual({ days: 3, over: 0 })
  expect(await found(800)).toEqual({ days: 7, over: 0 })
}, 120_000)

test('the plots are read by keyboard: arrows go through time, and what is there is said', async () => {
  const tab = await opened()
  const read = (nth: number, ...keys: readonly string[]) =>
    tab.evaluate(`(async () => {
      const drawn = () => new Promise((done) => setTimeout(done, 50))
      const face = document.querySelectorAll('.plots [role=slider]')[${nth}]
      face.focus()
      await drawn()
      for (const key of ${JSON.stringify(keys)}) {
        face.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true }))
        await drawn()
      }
      const live = face.parentNode.querySelector('[aria-live=polite]')
      const at = [...face.querySelectorAll('line.at')].map((one) => one.getAttribute('x1'))
      return { on: document.activeElement === face, text: live.textContent, now: face.getAttribute('aria-valuenow'),
        value: face.getAttribute('aria-valuetext'), at: [...new Set(at)].length }
    })()`)
  const last = 'UTC: out not seen; back not seen'
  expect(await read(0)).toMatchObject({ on: true, text: `2026-11-25 22:15 ${last}`, at: 1 })
  const legs = ['out →', '← back'].map(
    (leg) =>
      `${leg} delay 42\u00a0ms, jitter 3\u00a0ms, loss 2\u00a0% (delay pass, jitter pass, loss fail, mark pass)`,
  )
  expect(await read(0, 'ArrowLeft')).toMatchObject({
    ...{
      text: `2026-11-25 22:00 UTC: ${legs.join('; ')}`,
      now: '670',
      value: '2026-11-25 22:00 UTC',
    },
  })
  expect(await read(0, 'ArrowRight', 'PageDown')).toMatchObject({
    text: `2026-11-24 22:15 ${last}`,
  })
  expect(await read(0, 'Home', 'ArrowLeft')).toMatchObject({
    text: `2026-11-18 22:30 ${last}`,
    now: '0',
  })
  expect(await read(1, 'End')).toMatchObject({
    text: '2026-11-25 22:15 UTC: whole site NOT READY; VRN-6 fail, out primary: beyond the limit; pass: VRN-3',
  })
  expect(await read(1, 'ArrowLeft', 'ArrowLeft')).toMatchObject({
    text: '2026-11-25 21:45 UTC: whole site NOT READY; pass: VRN-3, VRN-6',
  })
  // Looked at anew: whoever stands in it stays at his time, and hears nothing twice.
  await tab.evaluate(`{
    window.seen = new MutationObserver(() => {})
    window.face = document.activeElement
    seen.observe(face.parentNode.querySelector('[aria-live]'), { childList: true, characterData: true, subtree: true })
    window.was = document.getElementById('link').textContent
    ${LOOK_AGAIN}
  }`)
  await tab.until("document.getElementById('link').textContent !== was")
  expect(
    await tab.evaluate('[seen.takeRecords().length, document.activeElement === face]'),
  ).toEqual([0, true])
}, 120_000)
