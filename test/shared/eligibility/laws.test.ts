import fc from 'fast-check'
import { expect, test } from 'vitest'
import { packBundle } from '../../../server/bundle/pack.ts'
import { buildEligibility } from '../../../shared/eligibility/build.ts'
import type { Eligibility } from '../../../shared/eligibility/document.ts'
import { evidenceOf } from '../../../shared/eligibility/evidence.ts'
import { scopeOf } from '../../../shared/eligibility/scope.ts'
import type { BundleLine } from '../../../shared/evidence/bundle.ts'
import { examineBundle } from '../../../shared/evidence/verify.ts'
import { openBundleFile } from '../../../shared/opening/file.ts'
import { nodeTools } from '../../../shared/opening/tools.ts'
import type { AgentRecord } from '../../../shared/record/record.ts'
import { MINUTE, START } from '../../server/support/fixtures.ts'
import { lossy, VOICE_PROFILE } from '../../support/eligibility-world.ts'
import { KEYS, type WorldOptions, worldLines } from '../../support/evidence-world.ts'

/** Half an hour before the outage decides: two quarter hours are enough for a law. */
const MINUTES = 46
const OUTAGE = { ref: 'LAW', from: START + 40 * MINUTE, to: START + 45 * MINUTE }
const BAD = (minute: number) => minute >= 16 && minute < 24

function found(options: Partial<WorldOptions>, cut: readonly number[] = []): Promise<Eligibility> {
  const world = worldLines({ minutes: MINUTES, profile: VOICE_PROFILE, ...options })
  let records = -1
  const lines = world.filter((line) => {
    if (line.kind === 'record') records += 1
    return line.kind !== 'record' || !cut.includes(records)
  })
  return documentOf(lines)
}

async function documentOf(lines: readonly BundleLine[]): Promise<Eligibility> {
  const opened = openBundleFile(packBundle(lines))
  if (!opened.ok) throw new Error(opened.error)
  const examined = await examineBundle({
    lines: opened.value.lines,
    tools: nodeTools,
    keys: KEYS,
  })
  const evidence = evidenceOf(examined, KEYS)
  if (evidence === null) throw new Error('no bundle')
  const scope = scopeOf(evidence.manifest, OUTAGE, 30 * MINUTE)
  if (!scope.ok) throw new Error(scope.error)
  return buildEligibility({
    ...{ evidence, scope: scope.value, tools: nodeTools, version: '0.1.0' },
    ...{ bundle: { file: 'b', sha256: '0'.repeat(64) }, policy: null, annexName: 'b.csv' },
  }).document
}

const words = ({ answers }: Eligibility) =>
  new Map(answers.map(({ id, leg, farEnd, answer }) => [`${id} ${leg} ${farEnd}`, answer] as const))
const bad = (one: AgentRecord, minute: number) => (BAD(minute) ? lossy(one, 400) : one)
const minutes = fc.uniqueArray(fc.integer({ min: 0, max: MINUTES - 1 }), {
  ...{ minLength: 1, maxLength: MINUTES },
})

test('no data is never MET', async () => {
  for (const change of [
    () => null,
    (one: AgentRecord, minute: number) => (minute < 15 ? one : null),
  ]) {
    const { answers, required } = await found({ change })
    expect(answers.filter(({ answer }) => answer !== 'CANNOT BE DETERMINED')).toEqual([])
    expect(required).toBe('CANNOT BE DETERMINED')
  }
})

test('what was measured and never came turns nothing into MET, whichever minutes they are', async () => {
  const before = words(await found({ change: bad }))
  await fc.assert(
    fc.asyncProperty(minutes, async (gone) => {
      const after = await found({ change: bad, lose: (minute) => gone.includes(minute) })
      for (const { id, leg, farEnd, answer } of after.answers) {
        const was = before.get(`${id} ${leg} ${farEnd}`)
        expect(was === 'MET' || answer !== 'MET', `${id} ${leg} ${farEnd}: ${was}`).toBe(true)
      }
      // Whatever is gone from the time that decides leaves its hole, and no MET.
      if (gone.some((minute) => minute >= 0 && minute < 30)) {
        expect(after.answers.filter(({ answer }) => answer === 'MET')).toEqual([])
      }
    }),
    { numRuns: 8 },
  )
})

test('a fail that its log’s keeper hides makes no MET: the agents saw another log', async () => {
  const hidden = await found({ change: bad, hide: BAD })
  expect(hidden.evidence.state).toBe('invalid')
  expect(hidden.answers.some(({ asClaimed }) => asClaimed !== 'CANNOT BE DETERMINED')).toBe(false)
})

test('records cut out of a bundle make it invalid, and nothing is MET', async () => {
  await fc.assert(
    fc.asyncProperty(minutes, async (gone) => {
      const { evidence, answers } = await found({ change: bad }, gone)
      expect(evidence.state).toBe('invalid')
      expect(answers.filter(({ answer }) => answer !== 'CANNOT BE DETERMINED')).toEqual([])
    }),
    { numRuns: 4 },
  )
})

test('the order in which records came to the log changes no answer and no quarter hour', async () => {
  const straight = await found({ change: bad })
  const late = await found({ change: bad, delayed: (minute) => (minute % 7 === 3 ? 4 : 0) })
  expect(words(late)).toEqual(words(straight))
  expect(late.timelines).toEqual(straight.timelines)
  expect(late.annex.sha256).toBe(straight.annex.sha256)
})
