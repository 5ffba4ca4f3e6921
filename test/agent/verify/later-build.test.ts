import { expect, test } from 'vitest'
import { packBundle } from '../../../server/bundle/pack.ts'
import type { BundleLine } from '../../../shared/evidence/bundle.ts'
import type { EntryBody } from '../../../shared/evidence/entry.ts'
import { agentKeyName } from '../../../shared/evidence/key-names.ts'
import { verifyBundle } from '../../../shared/evidence/verify.ts'
import type { TrustedKeys } from '../../../shared/evidence/verify-items.ts'
import { openBundleFile } from '../../../shared/opening/file.ts'
import { nodeTools } from '../../../shared/opening/tools.ts'
import type { AgentRecord } from '../../../shared/record/record.ts'
import { JUDGING_RULES } from '../../../shared/verdict/rules.ts'
import { MINUTE, START } from '../../server/support/fixtures.ts'
import {
  KEYS,
  newSigner,
  reflectorAt,
  SIGNERS,
  sha256hex,
  signReceipt,
  type WorldOptions,
  worldLines,
} from '../../support/evidence-world.ts'

/** What a later build may write: a member more, wherever it stands. */
const later = <T extends object>(value: T): T => ({ ...value, later: 1 })

const minuteOf =
  (wanted: number, change: (record: AgentRecord) => AgentRecord) =>
  (record: AgentRecord, minute: number) =>
    minute === wanted ? change(record) : record

async function verified(lines: readonly BundleLine[], keys: TrustedKeys = KEYS) {
  const opened = openBundleFile(packBundle(lines))
  if (!opened.ok) throw new Error(opened.error)
  const found = await verifyBundle({ lines: opened.value.lines, tools: nodeTools, keys })
  const told = (severity: string) => [
    ...new Set(found.items.filter((item) => item.severity === severity).map(({ code }) => code)),
  ]
  return { ...found, wrong: [...told('invalid'), ...told('suspicious')], lacks: told('missing') }
}

const of = (options: Partial<WorldOptions>, keys?: TrustedKeys) =>
  verified(worldLines({ minutes: 30, sparse: true, ...options }), keys)

/** The verdict that a collector which knows the words came to. */
const verdict = (from: number): EntryBody => ({
  ...{ kind: 'verdict', site: 'leeds', from, to: from + 15 * MINUTE, overall: 'READY' },
  ...{ profileSha256: 'a'.repeat(64), records: 15, findingsSha256: 'b'.repeat(64) },
  rules: JUDGING_RULES,
})

test('a signed record in words that this build lacks is missing, and so is the verdict on its quarter hour', async () => {
  const honest = await of({})
  const found = await of({
    change: minuteOf(3, (record) => ({
      ...record,
      observations: record.observations.map(later),
    })),
    entries: (minute) => (minute === 15 ? [verdict(START)] : []),
  })
  expect([found.valid, found.wrong, found.lacks]).toEqual([true, [], ['record-unread', 'profile']])
  const [first, second] = found.intervals
  expect(first).toMatchObject({ overall: null, records: 15, failing: [] })
  expect(first?.proven).toContain('15 records signed by the agent')
  expect(first?.missing).toEqual(['record-unread', 'profile'])
  expect(second).toEqual(honest.intervals[1])
  expect(found.items.find(({ code }) => code === 'record-unread')?.what).toContain('a later build')
})

test('what was altered into such words afterwards is invalid', async () => {
  const lines = worldLines({ minutes: 15 }).map((line): BundleLine => {
    if (line.kind !== 'record') return line
    const payload = line.payload.replace('"kind":"stream"', '"kind":"stream","later":1')
    return { ...line, payload }
  })
  const { wrong } = await verified(lines)
  expect(wrong).toContain('record-signature')
  expect(wrong).toContain('chain')
})

test('a later word of a round is missing for as long as the round may hold, of a check that was asked for nowhere', async () => {
  const carrying = (carried: object) =>
    of({
      minutes: 45,
      change: minuteOf(3, (record) => later({ ...record, observations: [], ...carried })),
    })
  const round = { startedMs: START, part: 1, parts: 1, everyMs: 3_600_000 }
  const all = [null, null, null]
  expect((await carrying({ round })).intervals.map(({ overall }) => overall)).toEqual(all)
  expect((await carrying({ round: later(round) })).intervals.map(({ overall }) => overall)).toEqual(
    all,
  )
  const run = {
    ...{ id: '6f1f9a30-7a3c-4b1e-9f0b-3f2f5b8d9a11', kind: 'check', by: 'operator' },
    ...{ from: START + 3 * MINUTE, to: START + 4 * MINUTE, outcome: 'done', part: 1, parts: 1 },
  }
  const found = await carrying({ run })
  expect(found.intervals.every(({ overall }) => overall !== null)).toBe(true)
  expect(found.looks.map(({ judgement, why }) => [judgement, why])).toEqual([
    [null, 'it holds words that this build does not know'],
  ])
})

test('an entry in words that this build lacks is missing; signed by another than the log it is invalid', async () => {
  const entry = { kind: 'credit', site: 'leeds', amount: 3 } as unknown as EntryBody
  const entries = (minute: number) => (minute === 2 ? [entry] : [])
  const found = await of({ entries })
  expect([found.wrong, found.lacks]).toEqual([[], ['entry-unread']])
  const lines = worldLines({ minutes: 15, entries }).map((line): BundleLine => {
    if (line.kind !== 'entry' || !line.payload.includes('credit')) return line
    return { ...line, payload: line.payload.replace('"amount":3', '"amount":4') }
  })
  expect((await verified(lines)).wrong).toContain('entry-signature')
  expect((await of({ entries }, { ...KEYS, log: [] })).lacks).toContain('entry-unread')
})

test('an entry without a head is none', async () => {
  for (const wrong of [{ kind: 3 }, { kind: '' }, { kind: 'credit', at: 'noon' }]) {
    const entries = (minute: number) => (minute === 2 ? [wrong as unknown as EntryBody] : [])
    expect((await of({ entries })).wrong).toContain('entry-form')
  }
})

test('a new key that an entry in such words may name makes nobody a forger', async () => {
  const next = newSigner(agentKeyName('leeds', 'leeds-1'))
  const handed = { kind: 'rotate', site: 'leeds', agent: 'leeds-1', hybrid: 1 }
  const world = (entry: object) =>
    of({
      entries: (minute) => (minute === 4 ? [entry as EntryBody] : []),
      agentAt: (minute) => (minute > 4 ? next : SIGNERS.agent),
    })
  const found = await world(handed)
  expect([found.wrong, found.lacks]).toEqual([[], ['entry-unread', 'agent-key']])
  expect((await world({ ...handed, agent: 'leeds-2' })).wrong).toContain('record-signature')
  expect((await world({ ...handed, kind: 'gap' })).wrong).toContain('record-signature')
})

test('after an entry in such words that may take a key back, nothing is proven by that key', async () => {
  const revoke = {
    kind: 'revoke',
    site: 'leeds',
    agent: 'leeds-1',
    later: 1,
  } as object as EntryBody
  const found = await of({ entries: (minute) => (minute === 14 ? [revoke] : []) })
  expect([found.wrong, found.lacks]).toEqual([[], ['entry-unread', 'agent-key']])
  const [before, after] = found.intervals.map(({ proven }) => proven.join())
  expect(before).toContain('15 records signed by the agent')
  expect(after).not.toContain('signed by the agent')
})

test('a receipt in words that this build lacks is missing where its reflector signed it, and backs nothing', async () => {
  const world = (signer: (farEnd: string) => ReturnType<typeof reflectorAt>, keys?: TrustedKeys) =>
    of(
      {
        minutes: 15,
        change: (record) => ({
          ...record,
          evidence: (record.evidence ?? []).map((own) => ({
            ...own,
            receipts: own.receipts.map((one) =>
              signReceipt(
                signer(own.farEnd),
                later(JSON.parse(Buffer.from(one.payload, 'base64').toString())),
              ),
            ),
          })),
        }),
      },
      keys,
    )
  const found = await world((farEnd) => reflectorAt(farEnd))
  expect([found.wrong, found.lacks]).toEqual([[], ['receipt-unread', 'one-sided']])
  expect(found.intervals[0]?.proven.join()).not.toContain('receipt')
  const forged = newSigner(reflectorAt('primary').name)
  expect((await world(() => forged)).wrong).toEqual(['receipt-form'])
  const strangers = await world(() => forged, { ...KEYS, reflector: [] })
  expect([strangers.wrong, strangers.lacks]).toEqual([[], ['receipt-unread', 'one-sided']])
})

test('a profile in words that this build lacks is missing under its own hash, and invalid under another', async () => {
  const lines = worldLines({ minutes: 15 })
  const body = JSON.stringify(later({ id: 'test' }))
  const under = (sha256: string) =>
    verified(lines.map((line) => (line.kind === 'profile' ? { ...line, sha256, body } : line)))
  const found = await under(sha256hex(Buffer.from(body)))
  expect([found.wrong, found.lacks]).toEqual([[], ['profile-unread']])
  expect(found.intervals[0]?.overall).toBe(null)
  expect((await under('a'.repeat(64))).wrong).toEqual(['profile-form'])
})

test('a site in words that this build lacks is missing: nothing is judged without what it says', async () => {
  const lines = worldLines({ minutes: 15 }).map((line): BundleLine => {
    if (line.kind !== 'site' || line.values === null) return line
    return { ...line, values: JSON.stringify(later(JSON.parse(line.values))) }
  })
  const found = await verified(lines)
  expect([found.wrong, found.lacks]).toEqual([[], ['site-unread']])
  expect(found.intervals[0]?.overall).toBe(null)
})
