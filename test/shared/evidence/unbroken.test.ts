import { expect, test } from 'vitest'
import { packBundle } from '../../../server/bundle/pack.ts'
import type { BundleLine } from '../../../shared/evidence/bundle.ts'
import { Unbroken } from '../../../shared/evidence/unbroken.ts'
import { verifyBundle } from '../../../shared/evidence/verify.ts'
import type { SeenRecord } from '../../../shared/evidence/verify-items.ts'
import { openBundleFile } from '../../../shared/opening/file.ts'
import { nodeTools } from '../../../shared/opening/tools.ts'
import { MINUTE, record, START } from '../../server/support/fixtures.ts'
import { KEYS, type WorldOptions, worldLines } from '../../support/evidence-world.ts'

const FROM = START + 15 * MINUTE
const TO = START + 30 * MINUTE
const ofQuarter = (line: BundleLine): BundleLine =>
  line.kind === 'manifest' ? { ...line, from: FROM, to: TO } : line

/** What is found of the second quarter hour of an hour's world, all else beside it for the chain alone. */
async function found(options: Partial<WorldOptions> = {}, keys = KEYS) {
  const lines = worldLines({ minutes: 60, ...options }).map(ofQuarter)
  const opened = openBundleFile(packBundle(lines))
  if (!opened.ok) throw new Error(opened.error)
  const verified = await verifyBundle({ lines: opened.value.lines, tools: nodeTools, keys })
  const [interval] = verified.intervals
  if (interval === undefined || verified.intervals.length > 1) throw new Error('one quarter hour')
  return { ...verified, ...interval, codes: verified.items.map(({ code }) => code) }
}

const LEFT_OUT = 'by its signed chain leeds-1 left out no record'
const MADE_NONE = 'by its signed chain leeds-1 made no record'
const WORD = "that no record of leeds-1 is left out, on the collector's word"
const silent: Partial<WorldOptions> = {
  change: (one, minute) => (minute >= 15 && minute < 30 ? null : one),
}

test('records from before to after a time that name each other show that none of it is left out', async () => {
  const whole = await found()
  expect(whole).toMatchObject({ records: 15, valid: true, complete: true, items: [] })
  expect(whole.proven).toContain(LEFT_OUT)
  expect(whole.claimed).not.toContain(WORD)
  const nobody = await found({}, { ...KEYS, agent: [] })
  expect([nobody.proven, nobody.claimed]).toEqual([
    expect.not.arrayContaining([LEFT_OUT]),
    expect.arrayContaining([WORD]),
  ])
})

test.each([
  ['the first of the time', 15],
  ['one inside', 20],
  ['the last of the time', 29],
])('%s that is not here is missed by those around it', async (_name, minute) => {
  const without = await found({ lose: (at) => at === minute })
  expect(without).toMatchObject({ records: 14, valid: true, complete: false })
  expect(without.codes).toContain('sequence-hole')
  expect(without.claimed).toContain(WORD)
})

test('without those beside it, none of it being left out is the word of who keeps the log', async () => {
  for (const [hide, from] of [
    [(minute: number) => minute < 15, 'before'],
    [(minute: number) => minute >= 30, 'after'],
    // Four minutes do not do: what waited for its far end comes behind those.
    [(minute: number) => minute >= 34, 'just after'],
  ] as const) {
    const cut = await found({ hide })
    expect([from, cut.records, cut.claimed]).toEqual([from, 15, expect.arrayContaining([WORD])])
  }
})

test('a bundle that was cut too soon after its time says that a later one shows it', async () => {
  const AGAIN = `${WORD}: cut again ten minutes after its end, a bundle shows it`
  const byWord = (said: readonly string[]) => said.filter((text) => text.startsWith(WORD))
  for (const minutes of [30, 34]) {
    const cut = await found({ minutes })
    expect([minutes, cut.records, byWord(cut.claimed)]).toEqual([minutes, 15, [AGAIN]])
  }
  // Its key is what is lacking then; and here the chain ends, though the collector went on.
  expect(byWord((await found({ minutes: 34 }, { ...KEYS, agent: [] })).claimed)).toEqual([WORD])
  expect(byWord((await found({ hide: (minute) => minute >= 34 })).claimed)).toEqual([WORD])
  expect(byWord((await found({ minutes: 40 })).claimed)).toEqual([])
})

test('a minute that was written behind later ones is no less left out', async () => {
  const late = (written: number, of: number): Partial<WorldOptions> => ({
    change: (one, minute) => {
      if (minute !== written) return one
      const [from, to] = [START + of * MINUTE, START + (of + 1) * MINUTE]
      return { ...one, window: { ...one.window, from, to }, observations: [], evidence: [] }
    },
  })
  expect((await found(late(33, 29))).records).toBe(16)
  const without = await found({ ...late(33, 29), lose: (minute) => minute === 33 })
  expect(without.records).toBe(15)
  expect(without.claimed).toContain(WORD)
})

test('a site that made nothing is silent by its own chain, whatever the log says', async () => {
  const none = await found(silent)
  expect(none).toMatchObject({ records: 0, valid: true, complete: true, overall: 'CANNOT SAY' })
  expect(none).toMatchObject({ items: [], proven: expect.arrayContaining([MADE_NONE]) })
  expect(none.missing).toEqual(['no records: the site made none, and was silent'])
  const deaf = await found({ ...silent, listening: () => false })
  expect(deaf.missing).toEqual(['no records: the site made none, and was silent'])
})

test('and is not where its chain tells of records that are not here, or tells nothing', async () => {
  const lost = await found({ lose: (minute) => minute >= 15 && minute < 30 })
  expect(lost.codes).toEqual(['sequence-hole', 'silence-unsaid'])
  expect(lost.missing[0]).toContain('silence is not proven')
  const open = await found({ ...silent, hide: (minute) => minute >= 30 })
  expect(open.codes).toContain('silence-unsaid')
})

test('neighbours say nothing of their own time', async () => {
  // Receipts by a key that nobody gave, and a round that is lost: none of it is of this time.
  const change: NonNullable<WorldOptions['change']> = (one, minute) =>
    minute >= 15 && minute < 30 ? one : { ...one, evidence: [] }
  const beside = await found({ change })
  expect(beside).toMatchObject({ records: 15, complete: true, items: [] })
})

/** A chain of one agent's signed minutes. */
function chainOf(agent: string, minutes: readonly number[]): SeenRecord[] {
  return minutes.map((minute, at) => {
    const previous = at === 0 ? null : `${agent} ${minutes[at - 1]}`
    const { observations, ...said } = record('a'.repeat(64), { minute, previous })
    const clock = { monotonicFromMs: 0, monotonicToMs: 1, synchronised: true }
    return {
      ...{ index: minute, where: agent, payloadSha256: `${agent} ${minute}`, unread: null },
      record: { ...said, agent, clock: { ...clock, maxErrorMs: 1, source: 'adjtimex' as const } },
      ...{ observations: () => observations, proven: true },
      receipts: { proven: 0, claimed: 0, none: 0, marks: [] },
    }
  })
}

test('every agent that may have made a record must show that it made none, until its key is taken back', () => {
  const minutes = Array.from({ length: 60 }, (_, minute) => minute)
  const records = [...chainOf('leeds-1', minutes), ...chainOf('leeds-0', [0, 1, 2])]
  const of = (retiredMs?: number, known: readonly string[] = []) => {
    const retired = new Map(retiredMs === undefined ? [] : [['leeds-0', retiredMs]])
    return new Unbroken(records, retired, known).of({ from: FROM, to: TO })
  }
  const open = { whole: ['leeds-1'], open: ['leeds-0'], all: false, dropped: false, brokenOff: [] }
  expect(of()).toEqual(open)
  expect(of(FROM)).toMatchObject({ whole: ['leeds-1'], open: [], all: true })
  expect(of(FROM + MINUTE), 'in the middle of it').toEqual(open)
  expect(of(FROM, ['leeds-2'])).toMatchObject({ open: ['leeds-2'], all: false })
})
