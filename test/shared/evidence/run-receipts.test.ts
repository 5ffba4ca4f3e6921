import { expect, test } from 'vitest'
import { RunReceipts } from '../../../shared/evidence/verify-run-receipts.ts'
import { runPart } from '../verdict/run-records.ts'

const RUN = runPart()
const TEN_MINUTES = 600_000

function taking() {
  const found: [string, string, string][] = []
  const receipts = new RunReceipts((severity, code, where, what) => {
    found.push([`${severity} ${code}`, where, what])
  })
  let served = 0
  const take = (
    change: { sha256?: string; at?: number; lastArrival?: number | null },
    run = RUN,
    where = 'record 1, receipt',
  ) => {
    served += 1
    const none = { firstArrival: null, lastArrival: null, previous: null, version: '0.1.0' }
    const { sha256 = `of ${served}`, ...said } = change
    const from = { reflector: 'dc1', session: '00'.repeat(8), address: '192.0.2.9' }
    const receipt = { ...from, ...none, counted: [], ...said }
    receipts.take(run, receipt, { where, time: { from: run.from, to: run.to }, sha256 })
    return found.splice(0)
  }
  return { take }
}

test('a receipt serves one stream: shown for another, each time names where it served first', () => {
  const { take } = taking()
  const one = { sha256: 'a', at: RUN.to }
  expect(take(one)).toEqual([])
  expect(take({ sha256: 'b', at: RUN.to })).toEqual([])
  for (const where of ['record 2, receipt', 'record 3, receipt']) {
    const told = take(one, RUN, where)
    expect(told).toMatchObject([['suspicious receipt-reused', where, /here and in record 1, rec/]])
  }
  // Of another run as well.
  const later = runPart({ id: '5e0c9a52-0000-4000-8000-00000000000f' })
  expect(take(one, later).map(([what]) => what)).toEqual(['suspicious receipt-reused'])
})

test('a receipt is of the time of its run, give or take what clocks may differ', () => {
  const { take } = taking()
  const codes = (change: object) => take(change).map(([what]) => what)
  const late = ['suspicious receipt-time']
  for (const name of ['at', 'lastArrival']) {
    const of = (ms: number) => codes({ [name]: ms })
    expect(of(RUN.from - TEN_MINUTES)).toEqual([])
    expect(of(RUN.to + TEN_MINUTES)).toEqual([])
    expect(of(RUN.from - TEN_MINUTES - 1)).toEqual(late)
    expect(of(RUN.to + TEN_MINUTES + 1)).toEqual(late)
  }
  // When it was signed decides, where that is said.
  expect(codes({ at: RUN.to, lastArrival: 0 })).toEqual([])
  expect(codes({ at: 0, lastArrival: RUN.to })).toEqual(late)
  // Nothing arrived, and a reflector that keeps arrivals says no other time.
  expect(codes({ lastArrival: null })).toEqual([])
})

test('one that is both shown twice and of another time is told of for both', () => {
  const { take } = taking()
  take({ sha256: 'a', at: 0 })
  const told = take({ sha256: 'a', at: 0 }).map(([what]) => what)
  expect(told).toEqual(['suspicious receipt-reused', 'suspicious receipt-time'])
})
