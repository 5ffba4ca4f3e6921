import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { findRows, readRows } from '../../../agent/rows/read.ts'
import { temporaryDirectory } from '../../support/temporary.ts'
import { MINUTE, ringIn, START, windowAt } from './made.ts'

const ALWAYS = { from: 0, to: 8e15 }
const QUARTER = 15 * MINUTE

/** Keeps a window each minute from `START` on; its window ended when the clock says so. */
async function keep(made: ReturnType<typeof ringIn>, minutes: number, first = 0, count = 100) {
  for (let m = first; m < first + minutes; m++) {
    const { note, bytes } = windowAt(START + m * MINUTE, count)
    made.clock.ms = note.to + 2000
    made.ring.offer(note, bytes)
    await made.ring.idle()
  }
}

test('what was kept is read back to the octet, also by another process and after a restart', async () => {
  const folder = temporaryDirectory()
  const made = ringIn(folder)
  await keep(made, 20)
  const whole = (): string[] => {
    const { kept } = findRows(folder, ALWAYS)
    expect(kept.every((one) => readRows(folder, one).ok)).toBe(true)
    return kept.map(({ note }) => note.sha256)
  }
  const wanted = Array.from({ length: 20 }, (_, m) => windowAt(START + m * MINUTE).note.sha256)
  expect(whole()).toEqual(wanted)
  expect(() => ringIn(folder)).toThrow(/in use by process/)
  await made.ring.close()
  const again = ringIn(folder)
  await keep(again, 3, 20)
  expect(whole()).toHaveLength(23)
  const hour = findRows(folder, { from: START + 5 * MINUTE, to: START + 7 * MINUTE })
  expect(hour.kept.map(({ note }) => (note.from - START) / MINUTE)).toEqual([5, 6])
  await again.ring.close()
})

test('never more than its octets and days, oldest out first, and what is pinned stays', async () => {
  const shape = fc.record({
    maxOctets: fc.integer({ min: 40_000, max: 200_000 }),
    maxDays: fc.constantFrom(1, 7),
    pinAt: fc.integer({ min: 0, max: 60 }),
    pinFor: fc.integer({ min: 1, max: 15 }),
    steps: fc.array(fc.constantFrom(1, 1, 1, 5, 200), { minLength: 20, maxLength: 60 }),
  })
  await fc.assert(
    fc.asyncProperty(shape, async ({ maxOctets, maxDays, pinAt, pinFor, steps }) => {
      const folder = temporaryDirectory()
      const { ring, clock } = ringIn(folder, { maxOctets, maxDays })
      const pin = { from: START + pinAt * MINUTE, to: START + (pinAt + pinFor) * MINUTE }
      ring.pin([pin])
      const inPin = ({ from, to }: { from: number; to: number }) => from < pin.to && to > pin.from
      const pinned: string[] = []
      let minute = 0
      for (const step of steps) {
        minute += step
        const { note, bytes } = windowAt(START + minute * MINUTE, 50)
        clock.ms = note.to + 2000
        ring.offer(note, bytes)
        await ring.idle()
        if (inPin(note) && ring.state === null) pinned.push(note.sha256)
      }
      const { kept } = findRows(folder, ALWAYS)
      expect(ring.octets).toBeLessThanOrEqual(maxOctets)
      expect(kept.map(({ note }) => note.sha256)).toEqual(expect.arrayContaining(pinned))
      const old = kept.filter(({ note }) => note.to < clock.ms - maxDays * 86_400_000 - QUARTER)
      expect(old.filter(({ note }) => note.to < pin.from - QUARTER)).toEqual([])
      expect(kept.every((one) => readRows(folder, one).ok)).toBe(true)
      await ring.close()
    }),
    { numRuns: 25 },
  )
})

test('a segment torn or changed anywhere gives whole windows or none, never other ones', async () => {
  const origin = temporaryDirectory()
  const made = ringIn(origin)
  await keep(made, 8)
  await made.ring.close()
  const [name = ''] = readdirSync(origin).filter((one) => one.endsWith('.rows'))
  const octets = readFileSync(join(origin, name))
  const known = findRows(origin, ALWAYS).kept.map(({ note }) => note.sha256)
  const late = windowAt(START + 59 * MINUTE)
  const how = fc.constantFrom('cut', 'flip', 'tail')
  await fc.assert(
    fc.asyncProperty(fc.nat(octets.length - 1), how, async (at, what) => {
      const folder = temporaryDirectory()
      const bad = Buffer.from(what === 'cut' ? octets.subarray(0, at) : octets)
      if (what === 'flip') bad[at]! ^= 1 << (at % 8)
      const tail = what === 'tail' ? Buffer.alloc(1 + (at % 400), at % 3 === 0 ? 0 : at) : ''
      writeFileSync(join(folder, name), Buffer.concat([bad, Buffer.from(tail)]))
      const { ring, clock } = ringIn(folder)
      clock.ms = START + 60 * MINUTE
      ring.offer(late.note, late.bytes)
      await ring.close()
      const { kept, torn } = findRows(folder, ALWAYS)
      expect(torn, 'the start mended it').toEqual([])
      expect(kept.every((one) => readRows(folder, one).ok)).toBe(true)
      const found = kept.map(({ note }) => note.sha256)
      expect([...known, late.note.sha256]).toEqual(expect.arrayContaining(found))
      expect(found.at(-1)).toBe(late.note.sha256)
      if (what === 'tail') expect(found).toHaveLength(9)
    }),
    { numRuns: 60 },
  )
})

test('what finds no room in memory is counted, and the ring itself tells it later', async () => {
  const folder = temporaryDirectory()
  const { ring, clock, said } = ringIn(folder, { queueOctets: 15_000 })
  const windows = Array.from({ length: 6 }, (_, m) => windowAt(START + m * MINUTE))
  clock.ms = START + 7 * MINUTE
  const taken = windows.map(({ note, bytes }) => ring.offer(note, bytes))
  expect(taken).toEqual([true, true, false, false, false, false])
  await ring.idle()
  expect(said).toEqual(['queue-full', null])
  const { absent } = findRows(folder, ALWAYS)
  expect(absent).toEqual([
    { absent: 'queue-full', windows: 4, from: START + 2 * MINUTE, to: START + 6 * MINUTE },
  ])
  await ring.close()
})

test('everything pinned and full: new rows are refused, old ones stay, and room is given up last', async () => {
  const folder = temporaryDirectory()
  const made = ringIn(folder, { maxOctets: 20_000 })
  made.ring.pin([{ from: START, to: START + 1000 * MINUTE }])
  await keep(made, 40)
  expect(made.ring.state).toBe('ring-full')
  expect(made.ring.octets).toBeLessThanOrEqual(20_000)
  expect(made.ring.giveUp(1)).toBe(0)
  made.ring.pin([])
  await keep(made, 1, 40)
  expect(made.ring.state).toBeNull()
  expect(findRows(folder, ALWAYS).absent[0]?.absent).toBe('ring-full')
  await keep(made, 15, 41)
  expect(made.ring.giveUp(1)).toBeGreaterThan(0)
  await made.ring.close()
})
