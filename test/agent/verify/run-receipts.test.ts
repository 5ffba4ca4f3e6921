import { expect, test } from 'vitest'
import { packBundle } from '../../../server/bundle/pack.ts'
import { verifyBundle } from '../../../shared/evidence/verify.ts'
import { openBundleFile } from '../../../shared/opening/file.ts'
import { nodeTools } from '../../../shared/opening/tools.ts'
import type { AgentRecord } from '../../../shared/record/record.ts'
import { asRun, looksUnderLoad, rampSteps } from '../../shared/verdict/run-records.ts'
import { KEYS, newSigner, SIGNERS, worldLines } from '../../support/evidence-world.ts'
import { type Statement, withReceipts } from '../../support/run-receipts.ts'

type Change = (statement: Statement, at: number) => object | null
const KINDS = { capacity: rampSteps(), qos: looksUnderLoad() } as const
const STREAMS = { capacity: 4, qos: 10 } as const

/** A bundle whose fourth minute is a run instead, verified: its items, and what its quarter hour says. */
async function verified(kind: 'capacity' | 'qos', made: (record: AgentRecord) => AgentRecord) {
  const change = (usual: AgentRecord, minute: number) =>
    minute === 3 ? made(asRun(usual, kind, KINDS[kind])) : usual
  const opened = openBundleFile(packBundle(worldLines({ minutes: 15, change })))
  if (!opened.ok) throw new Error(opened.error)
  const found = await verifyBundle({ lines: opened.value.lines, tools: nodeTools, keys: KEYS })
  return { ...found, told: found.items.map(({ severity, code }) => `${severity} ${code}`) }
}
const signedBy =
  (reflector = SIGNERS.reflector, change?: Change) =>
  (record: AgentRecord) =>
    withReceipts(record, () => reflector, change)

test.each(['capacity', 'qos'] as const)(
  'genuine receipts of a %s run leave nothing to say',
  async (kind) => {
    const found = await verified(kind, signedBy())
    expect(found.items).toEqual([])
    expect(found.intervals[0]?.proven).toContain(
      `${28 + STREAMS[kind]} receipts signed by reflectors`,
    )
  },
)

test.each(['capacity', 'qos'] as const)(
  'a %s run without receipts is one-sided, as those of before are',
  async (kind) => {
    const [old, none, some] = [
      await verified(kind, (record) => record),
      await verified(
        kind,
        signedBy(SIGNERS.reflector, () => null),
      ),
      await verified(
        kind,
        signedBy(SIGNERS.reflector, (one, at) => (at === 1 ? null : one)),
      ),
    ]
    for (const found of [old, none, some]) {
      expect(found.told).toEqual(['missing one-sided'])
      expect([found.valid, found.complete]).toEqual([true, false])
    }
    const all = STREAMS[kind]
    expect(old.items[0]?.what).toContain(`${all} of ${all} streams have no receipt`)
    expect(some.items[0]?.what).toContain(`1 of ${all} streams have no receipt`)
  },
)

test.each(['capacity', 'qos'] as const)(
  'receipts of a %s run by another key are forged',
  async (kind) => {
    const found = await verified(kind, signedBy(newSigner(SIGNERS.reflector.name)))
    expect(new Set(found.told)).toEqual(new Set(['invalid receipt-signature']))
    expect(found.valid).toBe(false)
  },
)

/** What the reflector of the second stream signed otherwise than the agent says, and what is told of it. */
const LIES: readonly (readonly [string, Change, RegExp])[] = [
  ['fewer arrived', (one) => ({ ...one, received: one.received - 30 }), /received 3000, .* 2970/],
  [
    'of fewer calls',
    ({ expected, ...one }) => ({ ...one, expected, ranges: [[0, 0, expected]], streams: [1] }),
    /calls 4, .* 1/,
  ],
  [
    'of a shorter step',
    (one) => ({ ...one, expected: 1500, received: 1500, ranges: [[0, 0, 375]] }),
    /expected 3000, .* 1500/,
  ],
]

test.each(LIES)('a step against what its reflector signed: %s', async (_name, lie, says) => {
  const found = await verified(
    'capacity',
    signedBy(SIGNERS.reflector, (one, at) => (at === 1 ? lie(one, at) : one)),
  )
  expect(new Set(found.told)).toEqual(new Set(['suspicious disagreement']))
  expect(found.items.some(({ what }) => says.test(what))).toBe(true)
})

test('a load that never got there, and voice beside it that did not, contradict their receipts', async () => {
  for (const part of [2, 4]) {
    const found = await verified(
      'qos',
      signedBy(SIGNERS.reflector, (one, at) => (at === part ? { ...one, received: 100 } : one)),
    )
    expect([part, found.told]).toEqual([part, ['suspicious disagreement']])
  }
})

test('a genuine receipt serves one step, and none of another day', async () => {
  let first: Statement | undefined
  const twice = await verified(
    'capacity',
    signedBy(SIGNERS.reflector, (one, at) => {
      first ??= one
      return at === 2 ? first : one
    }),
  )
  expect(twice.told).toEqual(['suspicious receipt-reused'])
  const day = 24 * 3_600_000
  const old = await verified(
    'capacity',
    signedBy(SIGNERS.reflector, ({ at, ...one }) => ({ ...one, at: at - 7 * day })),
  )
  expect(new Set(old.told)).toEqual(new Set(['suspicious receipt-time']))
})
