import { expect, test } from 'vitest'
import { absentIn, toTell } from '../../../agent/run/absent-rows.ts'
import { windowAt } from '../rows/made.ts'

const MINUTE = 60_000
const START = Date.UTC(2026, 2, 2, 10)
const PIN = { from: START, to: START + 60 * MINUTE }
const place = {} as never
const nothing = { kept: [], absent: [], torn: [], since: null }
const at = (minute: number) => START + minute * MINUTE

test('what the ring gave up is overwritten, what should be there is lost, and later windows are neither', () => {
  const found = { ...nothing, since: at(20) }
  expect(absentIn(found, PIN, new Map(), at(50))).toEqual([
    { from: at(0), to: at(20), cause: 'overwritten' },
    { from: at(20), to: at(50), cause: 'lost' },
  ])
  // Nothing is there, and what comes from this life on may still come.
  expect(absentIn(nothing, PIN, new Map(), at(50))).toEqual([
    { from: at(0), to: at(50), cause: 'overwritten' },
  ])
  // A ring that reaches back beyond the pin, and an agent that was started before it.
  expect(absentIn({ ...nothing, since: at(-9) }, PIN, new Map(), at(-5))).toEqual([])
})

test('a window that is too large or damaged is named; why others were not kept stands before what is lost', () => {
  const [large, fine] = [windowAt(at(5)).note, windowAt(at(6)).note]
  const note = { absent: 'disk-full', windows: 3, from: at(-3), to: at(2) } as const
  const found = { ...nothing, since: at(-9), absent: [note], kept: [large, fine].map(asKept) }
  const refused = new Map([[large.sha256, 'too-large' as const]])
  expect(absentIn(found, PIN, refused, at(10))).toEqual([
    { from: large.from, to: large.to, cause: 'too-large', sha256: large.sha256 },
    { from: at(0), to: at(2), cause: 'disk-full' },
    { from: at(0), to: at(10), cause: 'lost' },
  ])
})

test('one request carries no more than it may, and nothing twice', () => {
  const many = Array.from({ length: 900 }, (_, n) => ({
    ...{ from: at(n % 600), to: at((n % 600) + 1), cause: 'lost' as const },
  }))
  expect(toTell(many)).toHaveLength(500)
  expect(toTell([...many.slice(0, 3), ...many.slice(0, 3)])).toHaveLength(3)
})

const asKept = (note: ReturnType<typeof windowAt>['note']) => ({ note, place })
