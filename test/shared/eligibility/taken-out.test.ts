import { expect, test } from 'vitest'
import { packBundle } from '../../../server/bundle/pack.ts'
import { buildEligibility } from '../../../shared/eligibility/build.ts'
import { evidenceOf } from '../../../shared/eligibility/evidence.ts'
import { scopeOf } from '../../../shared/eligibility/scope.ts'
import type { BundleLine } from '../../../shared/evidence/bundle.ts'
import { examineBundle } from '../../../shared/evidence/verify.ts'
import { openBundleFile } from '../../../shared/opening/file.ts'
import { nodeTools } from '../../../shared/opening/tools.ts'
import { MINUTE, START } from '../../server/support/fixtures.ts'
import { KEYS, sha256hex, worldLines } from '../../support/evidence-world.ts'
import { LINES, profileWith, siteWith } from '../verdict/scenes.ts'

/** A segment that the plan of the first quarter hour names, and that of the reference does not. */
const PROFILE = profileWith({ requirements: LINES.filter(({ id }) => id === 'VRN-6') })
const SEGMENTS = { segments: [{ name: 'lan', reflector: '192.0.2.8', port: 4000 }] }

const valuesOf = (change: object) => {
  const lines = worldLines({ minutes: 0, profile: PROFILE, site: siteWith(change) })
  return lines.flatMap((line) => (line.kind === 'site' ? [line.values ?? ''] : []))[0] ?? ''
}

/** @param secondAt the minute in which the plan without the segment comes into force */
function world(secondAt: number, dated = true): BundleLine[] {
  const values = [valuesOf(SEGMENTS), valuesOf({})]
  const plans = [1, secondAt].map((minute, at) => ({
    version: at + 1,
    from: START + minute * MINUTE,
  }))
  const named = { kind: 'plan', site: 'leeds', by: 'noc', sha256: 'a'.repeat(64) } as const
  const entryOf = (at: number) => ({
    ...{ ...named, version: at + 1, from: plans[at]?.from ?? 0 },
    ...(dated ? { valuesSha256: sha256hex(Buffer.from(values[at] ?? '')) } : {}),
  })
  const lines = worldLines({
    ...{ minutes: 45, sparse: true, profile: PROFILE },
    entries: (minute) => [
      ...(minute === 0 ? [entryOf(0)] : []),
      ...(minute === secondAt - 1 ? [entryOf(1)] : []),
    ],
  })
  const leaves = lines.filter(({ kind }) => kind === 'record' || kind === 'entry')
  const leafOf = (version: number) =>
    leaves.findIndex(
      (one) =>
        one.kind === 'entry' &&
        one.payload.includes(`"version":${version}`) &&
        one.payload.includes('"plan"'),
    )
  return lines.flatMap((line): BundleLine[] =>
    line.kind === 'site'
      ? [
          { ...line, values: null },
          ...plans.map((plan, at) => ({
            ...{ ...line, values: values[at] ?? null, plan: { ...plan, leaf: leafOf(at + 1) } },
          })),
        ]
      : [line],
  )
}

async function documentOf(lines: readonly BundleLine[]) {
  const opened = openBundleFile(packBundle(lines))
  if (!opened.ok) throw new Error(opened.error)
  const examined = await examineBundle({ lines: opened.value.lines, tools: nodeTools, keys: KEYS })
  expect(examined.found.items.filter(({ severity }) => severity === 'invalid')).toEqual([])
  const evidence = evidenceOf(examined, KEYS)
  if (evidence === null) throw new Error('no bundle')
  const outage = { from: START + 30 * MINUTE, to: START + 31 * MINUTE, ref: 'CASE-1' }
  const scope = scopeOf(evidence.manifest, outage, 15 * MINUTE)
  if (!scope.ok) throw new Error(scope.error)
  const { document } = buildEligibility({
    ...{ evidence, scope: scope.value, tools: nodeTools, version: '0.1.0', policy: null },
    ...{ bundle: { file: 'leeds.bundle', sha256: 'b'.repeat(64) }, annexName: 'annex.csv' },
  })
  const answered = document.answers.flatMap(({ segment }) => segment ?? [])
  const named = document.notExamined.filter(({ why }) => why.startsWith('not in the plan'))
  return { answered: [...new Set(answered)].sort(), named }
}

test('a segment out of the dated plan before the reference is no hole: it is named with since when', async () => {
  const { answered, named } = await documentOf(world(14))
  expect(answered).toEqual([])
  const legs = named.map(({ what }) => what)
  expect(legs.filter((what) => /VRN-6, .*out primary lan$/.test(what))).toHaveLength(1)
  expect(legs.filter((what) => /VRN-6, .*back primary to-primary$/.test(what))).toHaveLength(1)
  for (const { why } of named)
    expect(why).toMatch(
      /^not in the plan since 2026-03-02T10:14Z, by plan 2 in the log; before that: /,
    )
})

test('one that goes in the reference, or by a description that no log dates, stays undetermined', async () => {
  for (const lines of [world(28), world(14, false)]) {
    const { answered, named } = await documentOf(lines)
    expect([answered, named]).toEqual([['lan', 'to-primary', 'to-secondary'], []])
  }
})
