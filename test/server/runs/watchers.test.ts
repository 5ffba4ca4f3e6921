import { expect, test } from 'vitest'
import { USUAL_RUN_LIMITS } from '../../../server/runs/limits.ts'
import { Watchers } from '../../../server/runs/watchers.ts'
import type { StoredRun } from '../../../server/store/plans/run-queries.ts'

const RUN: StoredRun = {
  ...{ site: 'leeds', id: '0b0e7a4e-7d55-4c39-9ad4-0d1c1d8a2f10', ask: '{}', state: 'running' },
  ...{ by: 'user:anna', agent: 'leeds', askedMs: 0, takenMs: 1, endedMs: null, heardMs: null },
  ...{ cancel: false, why: '', result: null, judged: null },
}
const closing = new AbortController().signal
const listen = () => ({ heard: Promise.resolve(), end: () => {} })

function watching() {
  let told = 0
  const plans = {
    findRun: async () => RUN,
    runEvents: async () => {
      told += 1
      return [{ number: told, body: `{"text":"secret ${told}"}` }]
    },
  }
  const limits = { ...USUAL_RUN_LIMITS, mostWatchersOfRun: 1 }
  return new Watchers({ limits, closing, listen }, { plans })
}

test('who may no longer read is told no more, and makes room', async () => {
  const watchers = watching()
  let holds = true
  const gone = new AbortController().signal
  const watch = () => watchers.watch(RUN, 0, gone, { reader: 'user:anna', may: async () => holds })
  const lines = watch()
  expect(() => watch()).toThrow(/Too many watch/)
  expect((await lines.next()).value).toMatch(/^retry/)
  expect((await lines.next()).value).toMatch(/secret 1/)
  holds = false
  expect(await lines.next()).toEqual({ done: true, value: undefined })
  expect((await watch().next()).value).toMatch(/^retry/)
})

test('one reader does not take the places of all watchers', async () => {
  const plans = { findRun: async () => RUN, runEvents: async () => [] }
  const runs = { limits: USUAL_RUN_LIMITS, closing, listen }
  const watchers = new Watchers(runs, { plans }, { watchersPerReader: 2 })
  const watch = (reader: string, gone = new AbortController().signal) =>
    watchers.watch(RUN, 0, gone, { reader, may: async () => true })
  const leaves = new AbortController()
  watch('user:anna', leaves.signal)
  watch('user:anna')
  expect(() => watch('user:anna')).toThrow(/Too many watch/)
  watch('user:ben')
  leaves.abort()
  watch('user:anna')
  expect(() => watch('user:anna')).toThrow(/Too many watch/)
})
