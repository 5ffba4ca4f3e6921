import { describe, expect, it } from 'vitest'
import {
  jitterOf,
  runningJitter,
  transitsBack,
  transitsOut,
} from '../../../shared/measure/jitter.ts'
import { withoutReflectorSteps } from '../../../shared/measure/reflector-steps.ts'
import { emptyRows, type StreamRows } from '../../../shared/measure/rows.ts'

const MS = 1e6
const COUNT = 300

/** A steady stream, 60 ms out and 40 back; the reflector's clock is `aheadMs` at each packet. */
function rowsWith(
  aheadMs: (i: number) => number,
  outMs: (i: number) => number = () => 60,
): StreamRows {
  const rows = emptyRows(0, 0, COUNT)
  for (let i = 0; i < COUNT; i++) {
    const sent = i * 20 * MS
    rows.sentNs[i] = sent
    rows.reachedNs[i] = sent + (outMs(i) + aheadMs(i)) * MS
    rows.dwellNs[i] = 0.1 * MS
    rows.returnedNs[i] = sent + (outMs(i) + 40.1) * MS
    rows.replySequence[i] = i
    rows.arrivalOrder[i] = i
  }
  return rows
}

const worst = (rows: StreamRows) =>
  [transitsOut, transitsBack].map(
    (transits) => jitterOf([runningJitter(transits(rows))], 30)?.running.max,
  )

describe('steps of the reflector in its stamps', () => {
  it.each([400, -400, 5, 3000])('of %i ms vanish from jitter once they are counted', (byMs) => {
    const rows = rowsWith((i) => (i < 100 ? 0 : byMs))
    expect(Math.max(...worst(rows).map(Number))).toBeCloseTo(Math.abs(byMs) / 16, 6)
    for (const jitter of worst(withoutReflectorSteps(rows, 1))) expect(jitter).toBeCloseTo(0, 3)
  })

  it('are taken out one by one', () => {
    const rows = rowsWith((i) => (i < 100 ? 0 : i < 200 ? 250 : -70))
    for (const jitter of worst(withoutReflectorSteps(rows, 2))) expect(jitter).toBeCloseTo(0, 3)
  })

  it('are not looked for where none was counted', () => {
    const rows = rowsWith((i) => (i < 100 ? 0 : 400))
    expect(withoutReflectorSteps(rows, 0)).toBe(rows)
  })

  it('are not what a burst of delay on one leg is, however many were counted', () => {
    const rows = rowsWith(
      () => 0,
      (i) => (i === 150 ? 360 : 60),
    )
    expect(withoutReflectorSteps(rows, 3)).toBe(rows)
  })
})
