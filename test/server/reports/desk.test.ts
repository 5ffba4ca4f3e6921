import { expect, test } from 'vitest'
import {
  ReportDesk,
  ReportRefused,
  ReportsFull,
  ReportTooMuch,
} from '../../../server/reports/desk.ts'
import type { ReportJob } from '../../../server/reports/job.ts'
import { bundleOf, KEYS_GIVEN } from '../../support/report-bundles.ts'

const staying = () => new AbortController().signal
const HALF_HOUR = bundleOf({ minutes: 30 })

const job = (more: Partial<ReportJob> = {}): ReportJob => ({
  ask: { kind: 'readiness' },
  format: 'html',
  // A copy: what a thread is handed is gone here.
  bundles: [{ file: 'leeds.bundle', octets: new Uint8Array(HALF_HOUR) }],
  paths: ['/bundle'],
  keys: { agent: KEYS_GIVEN.agentKey, log: KEYS_GIVEN.logKey },
  version: '0.0.0-test',
  ...more,
})

/** Something to make of which the test says when it is there, and that tells when it was begun. */
function held() {
  let begin = () => {}
  const begun = new Promise<void>((resolve) => {
    begin = resolve
  })
  let give = (_job: ReportJob) => {}
  const given = new Promise<ReportJob>((resolve) => {
    give = resolve
  })
  let signal: AbortSignal | null = null
  const cut = (until: AbortSignal) => {
    signal = until
    begin()
    return given
  }
  return { begun, give, cut, ended: () => signal?.aborted === true }
}

test('one is made at a time, a few wait, and one more is turned away', async () => {
  const desk = new ReportDesk()
  const all = [held(), held(), held(), held()]
  const asked = all.map(({ cut }) => desk.make(cut, staying()))
  await all[0]?.begun
  await expect(desk.make(held().cut, staying())).rejects.toBeInstanceOf(ReportsFull)
  for (const [at, one] of all.entries()) {
    await one.begun
    one.give(job())
    expect(String(Buffer.from((await asked[at]) ?? []))).toContain('<!doctype html>')
  }
  // All places are free again.
  expect((await desk.make(async () => job(), staying())).length).toBeGreaterThan(1000)
})

test('a file as small as a part of the pool of buffers is told of like any other', async () => {
  const octets = Buffer.from('no bundle')
  expect(octets.buffer.byteLength).toBeGreaterThan(octets.byteLength)
  const small = job({ bundles: [{ file: 'small.bundle', octets }] })
  const made = await new ReportDesk().make(async () => small, staying())
  expect(String(Buffer.from(made))).toContain('EVIDENCE INVALID')
  expect(String(octets)).toBe('no bundle')
})

test('who goes away ends his report, gives his place back, and holds up nobody', async () => {
  const desk = new ReportDesk()
  const leaving = new AbortController()
  const [first, second] = [held(), held()]
  const made = expect(desk.make(first.cut, leaving.signal)).rejects.toThrow()
  await first.begun
  const waited = expect(desk.make(second.cut, leaving.signal)).rejects.toThrow()
  leaving.abort()
  await Promise.all([made, waited])
  expect(first.ended()).toBe(true)
  first.give(job())
  const next = held()
  const asked = desk.make(next.cut, staying())
  await next.begun
  next.give(job())
  expect((await asked).length).toBeGreaterThan(1000)
})

test('what takes too long is ended, what was asked wrongly is refused, and the next is made', async () => {
  const slow = new ReportDesk(1)
  const never = held()
  await expect(slow.make(never.cut, staying())).rejects.toBeInstanceOf(ReportTooMuch)
  expect(never.ended()).toBe(true)
  const desk = new ReportDesk()
  const outage = { ref: 'CASE-1', from: 0, to: 60_000 }
  const wrong = job({ ask: { kind: 'eligibility', outage } })
  await expect(desk.make(async () => wrong, staying())).rejects.toBeInstanceOf(ReportRefused)
  expect((await desk.make(async () => job(), staying())).length).toBeGreaterThan(1000)
  desk.close()
  await expect(desk.make(async () => job(), staying())).rejects.toBeInstanceOf(ReportTooMuch)
})
