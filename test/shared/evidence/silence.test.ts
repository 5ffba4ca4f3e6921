import { expect, test } from 'vitest'
import type { Entry, EntryBody } from '../../../shared/evidence/entry.ts'
import { Silences } from '../../../shared/evidence/silence.ts'

const MINUTE = 60_000
const START = Date.UTC(2026, 2, 2, 10, 0, 0)
const at = (minute: number) => START + minute * MINUTE
const quarter = { from: START, to: at(15) }

function entered(...bodies: readonly (readonly [minute: number, body: EntryBody])[]) {
  const entries = bodies.map(([minute, body], index) => ({
    ...{ index, site: '', proven: true },
    entry: { format: 'voip-ready/entry/1', at: at(minute), ...body } as Entry,
  }))
  return new Silences(entries as never)
}

const tick: EntryBody = { kind: 'tick', waiting: 0, since: START }
const verdict = (records: number, from = 0): EntryBody => ({
  ...{ kind: 'verdict', site: 'leeds', from: at(from), to: at(from + 15), overall: 'CANNOT SAY' },
  ...{ profileSha256: 'a'.repeat(64), records, findingsSha256: 'b'.repeat(64), rules: 6 },
})

test('a silence is noted by a verdict on nothing that was entered then, and by no tick', () => {
  expect(entered().of(quarter)).toEqual({ word: 'deaf', records: 0 })
  expect(entered([3, tick]).of(quarter).word).toBe('unsaid')
  expect(entered([3, tick], [17, verdict(0)]).of(quarter).word).toBe('noted')
  // Of another quarter hour it says nothing.
  expect(entered([3, tick], [32, verdict(0, 15)]).of(quarter).word).toBe('unsaid')
})

test('one that was entered long after says nothing of silence, and one on records always does', () => {
  expect(entered([3, tick], [15 + 61, verdict(0)]).of(quarter).word).toBe('unsaid')
  // Backdated behind what was entered before it, it is as late as that.
  expect(entered([3, tick], [200, tick], [17, verdict(0)]).of(quarter).word).toBe('unsaid')
  for (const order of [
    [verdict(15), verdict(0)],
    [verdict(0), verdict(15)],
  ] as const) {
    const said = entered([3, tick], [17, order[0]], [20, order[1]])
    expect(said.of(quarter)).toEqual({ word: 'judged', records: 15 })
  }
  expect(entered([900, verdict(4)]).of(quarter)).toEqual({ word: 'judged', records: 4 })
})

test('of several quarter hours the worst counts, of those that are empty, and only whole ones', () => {
  const said = entered([3, tick], [17, verdict(0)], [18, tick], [32, verdict(9, 15)])
  expect(said.of({ from: START, to: at(30) })).toEqual({ word: 'judged', records: 9 })
  const first = ({ from }: { readonly from: number }) => from === START
  expect(said.of({ from: START, to: at(30) }, first).word).toBe('noted')
  expect(said.of({ from: at(1), to: at(29) }).word).toBe('unsaid')
})

test('that an agent was silent counts where it was entered then, of that agent and that time', () => {
  const gap = (agent: string, since: number): EntryBody => ({
    ...{ kind: 'gap', site: 'leeds', agent, boot: '0a3d7e0c-4a44-4b5e-9d39-5b6f6f1c2d10' },
    ...{ lastSequence: 4, since: at(since) },
  })
  const said = entered([10, gap('leeds-1', 3)])
  const time = { from: at(3), to: at(12) }
  expect([said.noteOf(time), said.noteOf(time, 'leeds-1')]).toEqual([at(10), at(10)])
  expect(said.noteOf(time, 'leeds-2')).toBeNull()
  expect(said.noteOf({ from: at(11), to: at(30) })).toBeNull()
  expect(said.noteOf({ from: at(0), to: at(3) })).toBeNull()
  // Entered long after it, it may have been made for who asked.
  expect(entered([12 + 61, gap('leeds-1', 3)]).noteOf(time)).toBeNull()
})
