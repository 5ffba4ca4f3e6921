import { expect, test } from 'vitest'
import { trustGiven } from '../../../agent/verify/run.ts'
import type { Examined } from '../../../shared/evidence/verify.ts'
import { intervalsOf } from '../../../shared/intervals.ts'
import { openAndExamine } from '../../../shared/opening/examine.ts'
import { openForReport } from '../../../shared/opening/opened.ts'
import { bundleOf, KEYS_GIVEN } from '../../support/report-bundles.ts'

/** More quarter hours than are held whole for verifying. */
const QUARTERS = 70
const octets = bundleOf({ minutes: 30, since: 30 - 15 * QUARTERS })
const trust = trustGiven(KEYS_GIVEN)

/** Judgements of all quarter hours, asked for in their order. */
function judgements({ parts }: Examined) {
  const { from = 0, to = 0 } = parts?.manifest ?? {}
  return intervalsOf(from, to).map((time) => parts?.anew.of(time)?.judgement)
}

test('a report makes no judgement a second time, and verifying alone holds few of them', async () => {
  const { evidence } = await openForReport({ file: 'leeds.bundle', octets }, trust)
  if ('why' in evidence) throw new Error(evidence.why)
  const [first, again] = [judgements(evidence), judgements(evidence)]
  expect(first.length).toBe(QUARTERS)
  expect(first.every((one, at) => one !== undefined && one === again[at])).toBe(true)
  const alone = await openAndExamine(octets, trust)
  if (!alone.ok) throw new Error(alone.error)
  const [few, anew] = [judgements(alone.value.examined), judgements(alone.value.examined)]
  expect(few).toEqual(first)
  expect(few[0] === anew[0]).toBe(false)
})
