import { expect, test } from 'vitest'
import { asRun, rampSteps } from '../shared/verdict/run-records.ts'
import { stream } from '../shared/verdict/scenes.ts'
import { temporaryDirectory } from '../support/temporary.ts'
import { type TestCollector, testCollector } from './support/collector.ts'
import { envelope, MINUTE, record, START } from './support/fixtures.ts'

/** Delivers a minute of voice, or a ramp that took the time of that minute. */
async function deliver(own: TestCollector, minute: number, isRun = false): Promise<void> {
  const usual = record(own.profileSha256, { minute })
  const from = START + minute * MINUTE
  const steps = rampSteps({}, from).map((seen) =>
    seen.kind === 'stream' ? stream({ ...seen, peer: peerOf(usual, seen.farEnd) }) : seen,
  )
  own.clock.nowMs = usual.window.to + 2000
  const answer = await own.deliver(envelope(isRun ? asRun(usual, 'capacity', steps) : usual))
  expect(answer.status).toBe(201)
}

function peerOf({ observations }: ReturnType<typeof record>, farEnd: string) {
  const voice = observations.find((seen) => seen.kind === 'stream' && seen.farEnd === farEnd)
  if (voice?.kind !== 'stream') throw new Error(`no voice to ${farEnd}`)
  return voice.peer
}

interface Site {
  readonly window: {
    readonly period: { readonly from: string }
    readonly findings: readonly { readonly id: string; readonly detail: string }[]
  }
}

test('a run is known after a restart of the collector, and the newest minute stays the newest', async () => {
  const directory = temporaryDirectory()
  let stop = async () => {}
  const first = await testCollector({ directory, onEnd: (end) => (stop = end) })
  const shown = async (own: TestCollector) => {
    const { window }: Site = (await own.get('/api/v1/sites/leeds')).body
    const bandwidth = window.findings.filter(({ id }) => id === 'VRN-7')
    expect(bandwidth).not.toEqual([])
    const byRun = bandwidth.filter(({ detail }) => detail.includes('found by the run of'))
    return [window.period.from, byRun.length === bandwidth.length]
  }
  const minute = (n: number) => new Date(START + n * MINUTE).toISOString()
  await deliver(first, 0)
  expect(await shown(first)).toEqual([minute(0), false])
  await deliver(first, 1, true)
  await deliver(first, 2)
  await deliver(first, 3, true)
  const before = await shown(first)
  expect(before).toEqual([minute(2), true])
  await stop()
  const second = await testCollector({ directory })
  second.clock.nowMs = first.clock.nowMs
  expect(await shown(second)).toEqual(before)
  await deliver(second, 4)
  expect(await shown(second)).toEqual([minute(4), true])
})
