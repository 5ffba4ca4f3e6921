import { expect, test } from 'vitest'
import { packBundle } from '../../../server/bundle/pack.ts'
import { rowsOf } from '../../../shared/eligibility/cells.ts'
import { DamageBook } from '../../../shared/eligibility/damage.ts'
import { evidenceOf } from '../../../shared/eligibility/evidence.ts'
import { scopeOf } from '../../../shared/eligibility/scope.ts'
import type { Standing } from '../../../shared/eligibility/terms.ts'
import { reflectorKeyName } from '../../../shared/evidence/key-names.ts'
import { examineBundle } from '../../../shared/evidence/verify.ts'
import { openBundleFile } from '../../../shared/opening/file.ts'
import { nodeTools } from '../../../shared/opening/tools.ts'
import type { AgentRecord } from '../../../shared/record/record.ts'
import { MINUTE, START } from '../../server/support/fixtures.ts'
import { datedWorld } from '../../support/eligibility-world.ts'
import { KEYS, newSigner, reflectorAt, SIGNERS } from '../../support/evidence-world.ts'
import { withReceipts } from '../../support/run-receipts.ts'
import { asRun, looksUnderLoad, rampSteps } from '../verdict/run-records.ts'
import { LINES, profileWith } from '../verdict/scenes.ts'

const KINDS = {
  capacity: { line: 'VRN-7', observations: rampSteps() },
  qos: { line: 'VRN-1', observations: looksUnderLoad() },
} as const
const PROFILE = profileWith({
  requirements: LINES.filter(({ id }) => ['VRN-1', 'VRN-3', 'VRN-7'].includes(id)),
})
type Kind = keyof typeof KINDS

/**
 * On whose word each line rests in the second quarter hour of a site whose fourth minute was a run.
 * @param run what becomes of the run's record; @param minute of the other ones
 */
async function standings(
  kind: Kind,
  run: (record: AgentRecord) => AgentRecord,
  minute: (record: AgentRecord, at: number) => AgentRecord = (one) => one,
  keys = KEYS,
) {
  const change = (usual: AgentRecord, at: number) =>
    at === 3 ? run(asRun(usual, kind, KINDS[kind].observations)) : minute(usual, at)
  const lines = datedWorld({ minutes: 30, sparse: true, profile: PROFILE, change })
  const opened = openBundleFile(packBundle(lines))
  if (!opened.ok) throw new Error(opened.error)
  const examined = await examineBundle({ lines: opened.value.lines, tools: nodeTools, keys })
  const evidence = evidenceOf(examined, keys)
  if (evidence === null) throw new Error('no bundle')
  const outage = { from: START + 30 * MINUTE, to: START + 31 * MINUTE, ref: 'CASE-1' }
  const scope = scopeOf(evidence.manifest, outage, 15 * MINUTE)
  if (!scope.ok) throw new Error(scope.error)
  const damage = new DamageBook(evidence)
  const found: Record<string, Standing> = {}
  for (const { place, cells } of rowsOf({ evidence, scope: scope.value, damage, exclusions: [] })) {
    const said = cells[1]?.said
    if (said !== undefined) found[`${place.id} ${place.leg} ${place.farEnd}`] = said.standing
  }
  return (id: string) =>
    Object.entries(found)
      .filter(([name]) => name.startsWith(`${id} `))
      .map(([name, standing]) => `${name.split(' ')[2]} ${standing}`)
      .filter((one, at, all) => all.indexOf(one) === at)
}

const signed = (record: AgentRecord) => withReceipts(record, reflectorAt)
const BOTH = ['primary both-sides', 'secondary both-sides']
const ONE = ['primary one-side', 'secondary one-side']

test.each(['capacity', 'qos'] as const)(
  'what a %s run decides rests on both sides where every stream of it was signed for',
  async (kind) => {
    const { line } = KINDS[kind]
    const of = await standings(kind, signed)
    expect([of(line), of('VRN-3')]).toEqual([BOTH, BOTH])
  },
)

test.each(['capacity', 'qos'] as const)(
  'one stream of a %s run without a receipt, or with a stranger’s, leaves it to one side: the minutes stay',
  async (kind) => {
    const { line } = KINDS[kind]
    const missing = await standings(kind, (record) =>
      withReceipts(record, reflectorAt, (one, at) => (at === 1 ? null : one)),
    )
    expect([missing(line), missing('VRN-3')]).toEqual([ONE, BOTH])
    const stranger = newSigner(reflectorKeyName('dc2'))
    const unknown = await standings(kind, (record) =>
      withReceipts(
        record,
        () => stranger,
        (one) => ({ ...one, reflector: 'dc2' }),
      ),
    )
    expect([unknown(line), unknown('VRN-3')]).toEqual([ONE, BOTH])
  },
)

test.each(['capacity', 'qos'] as const)(
  'one reflector that signed a %s run for both far ends tells of neither which it was, and the minutes stay',
  async (kind) => {
    const { line } = KINDS[kind]
    const of = await standings(kind, (record) => withReceipts(record, () => SIGNERS.second))
    expect([of(line), of('VRN-3')]).toEqual([ONE, BOTH])
    // The agent went to the other data centre for both, and says so of one alone.
    const primary = await standings(kind, (record) =>
      withReceipts(
        {
          ...record,
          observations: record.observations.filter(({ farEnd }) => farEnd === 'primary'),
        },
        () => SIGNERS.second,
      ),
    )
    expect(primary(line)).toContain('primary one-side')
    expect(primary(line)).not.toContain('primary both-sides')
  },
)

test('a run that was signed for does not stand in for minutes that were not, and nothing for the agent’s own key', async () => {
  const bare = (record: AgentRecord) => ({
    ...record,
    evidence: (record.evidence ?? []).map((one) =>
      one.farEnd === 'primary' ? { ...one, receipts: [], oneSided: 'no-answer' as const } : one,
    ),
  })
  const alone = await standings('capacity', signed, (one, at) => (at > 14 ? bare(one) : one))
  const primary = ['primary one-side', 'secondary both-sides']
  expect([alone('VRN-7'), alone('VRN-3')]).toEqual([primary, primary])
  const unproven = await standings('capacity', signed, undefined, { ...KEYS, agent: [] })
  expect(unproven('VRN-7')).toEqual(['primary unproven', 'secondary unproven'])
})
