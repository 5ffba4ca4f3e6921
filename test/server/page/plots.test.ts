import { expect, test } from 'vitest'
import { openTab } from '../../support/browser.ts'
import { testCollector } from '../support/collector.ts'

const DAY_MS = 24 * 3_600_000
const STEP_SECONDS = 900

/** Seven days of one far end, of which nothing was seen. */
function week() {
  const to = Date.UTC(2026, 10, 25, 22, 30)
  const from = to - 7 * DAY_MS
  const points = (7 * DAY_MS) / STEP_SECONDS / 1000
  const none = Array.from({ length: points }, () => null)
  const leg = {
    ...{ delayMs: none, delayMsAtLeast: none, jitterMs: none, lossRatio: none, verdicts: {} },
  }
  const gapSeconds = none.map(() => STEP_SECONDS)
  const place = { farEnd: 'primary', segment: null, out: leg, back: leg, gapSeconds }
  const limits = { delayMs: 150, jitterMs: 30, lossRatio: 0.01 }
  const times = { from: new Date(from).toISOString(), to: new Date(to).toISOString() }
  return { ...times, points, stepSeconds: STEP_SECONDS, limits, places: [place] }
}

test('the names of days stand beside each other at every width, and none is cut off', async () => {
  const { app } = await testCollector()
  const tab = await openTab(await app.listen({ host: '127.0.0.1', port: 0 }))
  await tab.until("typeof historyBox === 'function'")
  const found = (width: number) =>
    tab.evaluate(`(() => {
      const box = historyBox(${JSON.stringify(week())}, { overall: [], intervals: [] }, ${width}, true)
      document.body.append(box)
      const svg = box.querySelectorAll('.plots svg')[2]
      const right = svg.getBoundingClientRect().right
      const days = [...svg.querySelectorAll('text')].filter((one) => /^\\w{3} \\d\\d/.test(one.textContent))
      const at = days.map((one) => one.getBoundingClientRect())
      box.remove()
      return { days: days.length, over: at.filter((one, n) => one.right > (at[n + 1]?.left ?? right)).length }
    })()`)
  expect(await found(358)).toEqual({ days: 3, over: 0 })
  expect(await found(800)).toEqual({ days: 7, over: 0 })
}, 120_000)
