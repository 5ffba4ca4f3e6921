import { existsSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { type FinishedRun, partsOfRun } from '../../../agent/run/run-parts.ts'
import type { RunEnd } from '../../../agent/runs/messages.ts'
import { RunRecords } from '../../../agent/runs/run-records.ts'
import type { Observation } from '../../../shared/record/kinds.ts'
import {
  RECEIPT_PAYLOAD_TYPE,
  type SignedReceipt,
  type StreamEvidence,
} from '../../../shared/record/receipt.ts'
import { looksUnderLoad, rampSteps } from '../../shared/verdict/run-records.ts'
import { START, stream } from '../../shared/verdict/scenes.ts'
import { temporaryDirectory } from '../../support/temporary.ts'

const ID = '5e0c9a52-0000-4000-8000-000000000001'
const SHA = 'a'.repeat(64)
const log = { info: () => {}, warn: () => {}, error: () => {} }

function endOf(observations: readonly Observation[], outcome: RunEnd['outcome'] = 'done'): RunEnd {
  const base = { from: START, to: START + 1, overall: 'READY', stoppedEarly: false } as const
  const more = { profileSha256: SHA, onlyLines: null, findings: [], summary: '' }
  return { outcome, why: '', result: { ...base, ...more, observations: [...observations] } }
}

/** One life of an agent in a folder; `takes` false: it has no record chain yet. */
function life(folder: string, takes = true) {
  const kept: FinishedRun[] = []
  const disk = { full: false }
  let nowMs = START
  const keep = (run: FinishedRun) => {
    if (takes && disk.full) return { records: 1, lost: 'spool' as const }
    if (takes) kept.push(run)
    return takes ? { records: 1, lost: null } : null
  }
  const clocks = { nowMs: () => nowMs, monotonicMs: () => nowMs - START }
  const records = new RunRecords({ folder, keep, log, ...clocks })
  return { records, kept, disk, pass: (ms: number) => (nowMs += ms) }
}

test('what a run showed is handed over once, with when it was, and leaves no note', () => {
  const folder = temporaryDirectory()
  const { records, kept, pass } = life(folder)
  records.begun({ id: ID, kind: 'capacity', by: 'collector' })
  expect(readdirSync(folder)).toEqual(['run-under-way.json'])
  pass(40_000)
  records.ended(endOf(rampSteps()))
  records.ended(endOf([]))
  expect(kept).toHaveLength(1)
  expect(kept[0]).toMatchObject({
    ...{ id: ID, by: 'collector', from: START, to: START + 40_000, monotonicMs: 40_000 },
    ...{ outcome: 'done', lost: null, profileSha256: SHA },
  })
  expect(readdirSync(folder)).toEqual([])
})

test('an agent that dies in a run says in its next life that it was lost, once it has records', () => {
  const folder = temporaryDirectory()
  life(folder).records.begun({ id: ID, kind: 'qos', by: 'collector' })
  const early = life(folder, false)
  early.records.tellLost()
  expect(existsSync(join(folder, 'run-under-way.json'))).toBe(true)
  const { records, kept } = life(folder)
  records.tellLost()
  records.tellLost()
  expect(kept).toMatchObject([{ id: ID, kind: 'qos', lost: 'agent-ended' }])
  expect(readdirSync(folder)).toEqual([])
})

test('where nothing can be written no recorded run begins: it could be kept out of the records', () => {
  const { records } = life(join(temporaryDirectory(), 'none'))
  expect(records.begun({ id: ID, kind: 'check', by: 'operator' })).toBe(false)
  expect(records.begun({ id: ID, kind: 'path', by: 'collector' }), 'is in no record').toBe(true)
  expect(records.ended(endOf([]))).toBeNull()
})

test('a run whose records the disk did not take is told as lost, before another one begins', () => {
  const folder = temporaryDirectory()
  const { records, kept, disk } = life(folder)
  expect(records.begun({ id: ID, kind: 'check', by: 'collector' })).toBe(true)
  disk.full = true
  expect(records.ended(endOf([]))).toMatchObject({ lost: 'spool' })
  const next = { id: ID.replace(/1$/, '2'), kind: 'check', by: 'collector' } as const
  expect(records.begun(next)).toBe(false)
  // An agent that dies meanwhile finds the note.
  const { records: later, kept: told } = life(folder)
  later.tellLost()
  expect(told).toMatchObject([{ id: ID, lost: 'agent-ended' }])
  disk.full = false
  expect(records.begun(next)).toBe(true)
  expect(kept).toMatchObject([{ id: ID, lost: 'agent-ended' }])
  expect(readdirSync(folder)).toEqual(['run-under-way.json'])
})

test('a check by hand is kept whole, with who asked, and so is the word that it was lost', () => {
  const folder = temporaryDirectory()
  const entered = { by: 'alice', at: START }
  const asked = {
    ...{ id: ID, kind: 'check' as const, by: 'operator' as const, entered, lines: ['VRN-3'] },
  }
  const { records, kept } = life(folder)
  records.begun(asked)
  expect(records.ended(endOf([stream()]))).toEqual({ records: 1, lost: null })
  records.begun(asked)
  const next = life(folder)
  next.records.tellLost()
  expect([...kept, ...next.kept]).toMatchObject([
    { ...asked, lost: null },
    { ...asked, lost: 'agent-ended' },
  ])
})

test('a check is recorded with all that it looked at, each stream with its own receipts', () => {
  const border = stream({ segment: 'site-isp' })
  const seen = [stream(), border, ...Array.from({ length: 12 }, () => looksUnderLoad()[0])]
  const observations = seen.flatMap((one) => one ?? [])
  const whole = evidenceOf([stream(), border], 800)
  const evidence = whole.map((one, at) => (at === 1 ? { ...one, segment: 'site-isp' } : one))
  const parts = run(observations, { kind: 'check', by: 'operator', lines: ['VRN-3'], evidence })
  expect(parts.flatMap((part) => part.run?.observations ?? [])).toEqual(observations)
  expect(parts.flatMap((part) => part.evidence ?? [])).toEqual(evidence)
  for (const part of parts) {
    expect(part.run?.tag).toMatchObject({ kind: 'check', by: 'operator', lines: ['VRN-3'] })
    expect(part.run?.observations.length).toBeLessThanOrEqual(64)
  }
})

test('a note that cannot be read is told, and names no run', () => {
  for (const text of ['', 'null', '[]', '{"id":"x","kind":"qos","from":1}', '{"id":7}']) {
    const folder = temporaryDirectory()
    writeFileSync(join(folder, 'run-under-way.json'), text)
    const { records, kept } = life(folder)
    records.tellLost()
    expect([text, kept]).toEqual([text, []])
  }
})

test('a run that failed is lost; one that shows nothing that is kept is none', () => {
  const { records, kept } = life(temporaryDirectory())
  records.begun({ id: ID, kind: 'capacity', by: 'collector' })
  records.ended({ outcome: 'failed', why: 'it died', result: null })
  records.begun({ id: ID, kind: 'ports', by: 'collector' })
  records.ended(endOf([]))
  expect(kept.map(({ lost }) => lost)).toEqual(['failed'])
})

const run = (observations: readonly Observation[], more: Partial<FinishedRun> = {}) =>
  partsOfRun(
    {
      ...{ id: ID, kind: 'capacity', by: 'collector', from: START, to: START + 90_000 },
      ...{ monotonicMs: 90_000, outcome: 'done', lost: null, profileSha256: SHA, observations },
      evidence: [],
      ...more,
    },
    SHA,
  )

test('parts fit their records, are all of the time of the run, and bring everything once', () => {
  const steps = Array.from({ length: 16 }, () => rampSteps()).flat()
  const parts = run([...steps, stream()])
  expect(parts.length).toBeGreaterThan(1)
  expect(parts.flatMap((part) => part.run?.observations ?? [])).toEqual(steps)
  parts.forEach((part, at) => {
    expect(JSON.stringify(part).length).toBeLessThan(48_000)
    expect(part).toMatchObject({ from: START, to: START + 90_000, observations: [] })
    expect(part.run?.tag).toMatchObject({ part: at + 1, parts: parts.length, outcome: 'done' })
  })
  const [looks] = [run(looksUnderLoad(), { kind: 'qos' })]
  expect(looks.flatMap((part) => part.run?.observations ?? [])).toEqual(looksUnderLoad())
})

/** Evidence of each of these steps: with a receipt of so many characters, or without. */
const evidenceOf = (steps: readonly Observation[], characters: number): StreamEvidence[] =>
  steps.flatMap((seen, at) => {
    if (seen.kind !== 'stream') return []
    const { farEnd, from, to } = seen
    const signatures: SignedReceipt['signatures'] = [{ keyid: '0'.repeat(16), sig: 'A'.repeat(88) }]
    const payload = String(at)
      .padStart(4, '0')
      .repeat(characters / 4)
    const receipt = { payloadType: RECEIPT_PAYLOAD_TYPE, payload, signatures } as const
    return [{ ...{ farEnd, from, to, rows: null, oneSided: null }, receipts: [receipt] }]
  })

/** So many steps, each of a time of its own. */
const stepsOf = (count: number) =>
  Array.from({ length: count }, (_, at) => {
    const from = START + at * 5000
    return stream({ ramp: true, calls: 1 + at, from, to: from + 4000 })
  })

test('a receipt goes with the stream that it is of, and is left out before the run is', () => {
  const steps = stepsOf(40)
  const parts = (characters: number) => run(steps, { evidence: evidenceOf(steps, characters) })
  const few = parts(800)
  for (const { run: part, evidence = [] } of few)
    expect(evidence.map(({ from }) => from)).toEqual(part?.observations.map(({ from }) => from))
  expect(few.flatMap(({ evidence = [] }) => evidence)).toEqual(evidenceOf(steps, 800))

  const many = stepsOf(110)
  const evidence = evidenceOf(many, 8000)
  const kept = run(many, { evidence })
  expect(kept.flatMap((part) => part.run?.observations ?? [])).toEqual(many)
  expect(kept.flatMap(({ evidence: without = [] }) => without)).toEqual(
    evidence.map((one) => ({ ...one, receipts: [], oneSided: 'too-large' })),
  )
  for (const part of kept) {
    expect(part.run?.tag).toMatchObject({ outcome: 'done', parts: kept.length })
    expect(JSON.stringify(part).length).toBeLessThan(48_000)
  }
})

test('what cannot be kept whole is said to be lost, and why', () => {
  const lost = (parts: ReturnType<typeof run>) =>
    parts.map((part) => [part.run?.tag.lost, part.run?.observations.length])
  const many = Array.from({ length: 300 }, () => rampSteps()).flat()
  expect(lost(run(many))).toEqual([['too-large', 0]])
  expect(lost(run(rampSteps(), { profileSha256: 'b'.repeat(64) }))).toEqual([
    ['profile-changed', 0],
  ])
  expect(lost(run(rampSteps(), { lost: 'failed' }))).toEqual([['failed', 0]])
})
