import { expect, test } from 'vitest'
import { packBundle } from '../../../server/bundle/pack.ts'
import { type BundleLine, envelopeText } from '../../../shared/evidence/bundle.ts'
import { agentKeyName } from '../../../shared/evidence/key-names.ts'
import { leafHash } from '../../../shared/evidence/merkle.ts'
import { nodeCrypto } from '../../../shared/evidence/node-crypto.ts'
import { Unbroken } from '../../../shared/evidence/unbroken.ts'
import { verifyBundle } from '../../../shared/evidence/verify.ts'
import { checkChains } from '../../../shared/evidence/verify-chain.ts'
import type { SeenRecord } from '../../../shared/evidence/verify-items.ts'
import { vkeyOf } from '../../../shared/evidence/vkey.ts'
import { openBundleFile } from '../../../shared/opening/file.ts'
import { nodeTools } from '../../../shared/opening/tools.ts'
import type { AgentRecord } from '../../../shared/record/record.ts'
import { MINUTE, OTHER_BOOT, record, START } from '../../server/support/fixtures.ts'
import {
  KEYS,
  newSigner,
  SIGNERS,
  type WorldOptions,
  worldLines,
} from '../../support/evidence-world.ts'

type Change = NonNullable<WorldOptions['change']>

const FROM = START + 15 * MINUTE
const TO = START + 30 * MINUTE

interface Attack extends Partial<WorldOptions> {
  readonly from?: number
  readonly to?: number
  /** Minutes whose records whoever cuts the bundle shows as hashes alone. */
  readonly withhold?: (minute: number) => boolean
}

/** What is found of the second quarter hour of an hour's world. */
async function found({ from = FROM, to = TO, withhold, ...options }: Attack = {}, keys = KEYS) {
  const order: number[] = []
  const change: Change = (one, minute) => {
    const made = options.change === undefined ? one : options.change(one, minute)
    if (made !== null) order.push(minute)
    return made
  }
  const lines = worldLines({ minutes: 60, ...options, change }).map((line): BundleLine => {
    if (line.kind === 'manifest') return { ...line, from, to }
    if (line.kind !== 'record') return line
    return withhold?.(order.shift() ?? 0) === true ? hashed(line) : line
  })
  const opened = openBundleFile(packBundle(lines))
  if (!opened.ok) throw new Error(opened.error)
  const verified = await verifyBundle({ lines: opened.value.lines, tools: nodeTools, keys })
  const [interval] = verified.intervals
  if (interval === undefined || verified.intervals.length > 1) throw new Error('one quarter hour')
  const codes = [...new Set(verified.items.map(({ severity, code }) => `${severity} ${code}`))]
  return { ...verified, ...interval, codes }
}

function hashed(line: Extract<BundleLine, { readonly kind: 'record' }>): BundleLine {
  const { index, payload } = line
  const text = envelopeText(line, Buffer.from(payload).toString('base64'))
  const hash = Buffer.from(leafHash(nodeCrypto, Buffer.from(text))).toString('base64')
  return { kind: 'hashes', from: index, to: index + 1, hashes: hash }
}

const LEFT_OUT = 'by its signed chain leeds-1 left out no record'
const MADE_NONE = 'by its signed chain leeds-1 made no record'
const WORD = "that no record of leeds-1 is left out, on the collector's word"
const SILENT = 'no records: the site made none, and was silent'
const isInside = (minute: number) => minute >= 15 && minute < 30
const silent: Change = (one, minute) => (isInside(minute) ? null : one)

/** From this minute on the agent runs in another boot. */
const bootedAt = (
  first: number,
  change: (one: AgentRecord, nth: number) => AgentRecord = (one) => one,
): Change => {
  return (one, minute) => {
    if (minute < first) return one
    const nth = minute - first
    return change({ ...one, boot: OTHER_BOOT, sequence: nth + 1 }, nth)
  }
}

test('a time that begins or ends inside a quarter hour hides nothing of what that one is judged by', async () => {
  const unsigned: Change = (one, minute) => (minute === 20 ? { ...one, evidence: [] } : one)
  const whole = await found({ change: unsigned })
  expect(whole.codes).toContain('missing one-sided')
  for (const border of [{ from: TO - 5000 }, { to: FROM + 5000 }]) {
    const shifted = await found({ change: unsigned, ...border })
    expect({ ...shifted, ...border }).toEqual({ ...whole, ...border })
  }
})

test('a file that says that it is of years is none', async () => {
  const years = worldLines({ minutes: 15 }).map((line) =>
    line.kind === 'manifest' ? { ...line, to: 8.64e15 } : line,
  )
  const opened = openBundleFile(packBundle(years))
  if (!opened.ok) throw new Error(opened.error)
  const told = await verifyBundle({ lines: opened.value.lines, tools: nodeTools, keys: KEYS })
  expect(told.valid).toBe(false)
  expect(told.items[0]).toMatchObject({ code: 'line', what: 'a bundle of more than 100 days' })
})

test('an agent that is known of and has no record here is not left out by nobody', async () => {
  const other = vkeyOf(nodeCrypto, newSigner(agentKeyName('leeds', 'leeds-2')))
  const elsewhere = vkeyOf(nodeCrypto, newSigner(agentKeyName('york', 'york-1')))
  const alone = await found({}, { ...KEYS, agent: [...KEYS.agent, elsewhere] })
  expect(alone.claimed).not.toEqual(expect.arrayContaining([expect.stringContaining('left out')]))
  const both = { ...KEYS, agent: [...KEYS.agent, other] }
  const full = await found({}, both)
  expect([full.proven, full.claimed]).toEqual([
    expect.arrayContaining([LEFT_OUT]),
    expect.arrayContaining([WORD.replace('leeds-1', 'leeds-2')]),
  ])
  const none = await found({ change: silent }, both)
  expect(none.proven).toContain(MADE_NONE)
  expect(none.missing).not.toContain(SILENT)
  expect(none.codes).toContain('missing silence-unsaid')
  const entries: WorldOptions['entries'] = (minute) =>
    minute === 3
      ? [
          {
            kind: 'gap',
            site: 'leeds',
            agent: 'leeds-2',
            boot: OTHER_BOOT,
            lastSequence: 9,
            since: 0,
          },
        ]
      : []
  expect((await found({ change: silent, entries })).missing).not.toContain(SILENT)
})

type Entries = NonNullable<WorldOptions['entries']>

test('what the log says of another site is no word on this one', async () => {
  const verdictOf = (site: string): Entries => {
    const digests = { profileSha256: 'a'.repeat(64), findingsSha256: 'b'.repeat(64) }
    const said = { from: FROM, to: TO, overall: 'CANNOT SAY', records: 0, ...digests } as const
    return (minute) => (minute === 33 ? [{ kind: 'verdict', site, ...said }] : [])
  }
  const noted = await found({ withhold: isInside, entries: verdictOf('leeds') })
  expect(noted.missing[0]).toContain('noted none then')
  const told = await found({ withhold: isInside, entries: verdictOf('york') })
  expect(told.codes).toContain('invalid other-site')
  expect(told.missing[0]).toContain('silence is not proven')
  const left = { cause: 'maintenance', why: 'works', by: 'noc', withdrawn: false } as const
  const works: Entries = (minute) =>
    minute === 3 ? [{ kind: 'exclusion', site: 'york', id: 'w1', from: FROM, to: TO, ...left }] : []
  const excluded = await found({ entries: works })
  expect(excluded.codes).toEqual(['invalid other-site'])
})

/** The first minute of a boot, dated long before by a clock that was not set yet. */
const dated =
  (synchronised: boolean) =>
  (one: AgentRecord, nth: number): AgentRecord => {
    const { clock } = one
    if (clock === undefined) throw new Error('a minute without clocks')
    const unset = { ...clock, synchronised: false, maxErrorMs: null }
    if (nth > 0) return synchronised ? one : { ...one, clock: unset }
    const window = { ...one.window, from: START + 5 * MINUTE, to: START + 6 * MINUTE }
    return { ...one, window, clock: unset, observations: [], evidence: [] }
  }

test.each([true, false])(
  'a record from before the clock was set (later on: %s) stands before no time',
  async (synchronised) => {
    const told = await found({
      change: bootedAt(34, dated(synchronised)),
      withhold: (minute) => minute < 34,
    })
    expect(told.valid).toBe(true)
    expect(told.records).toBe(0)
    expect(told.proven).not.toContain(MADE_NONE)
    expect(told.missing).not.toContain(SILENT)
  },
)

test('a clock that nobody sets counts as long as it runs as the other one does', async () => {
  const unset: Change = (one) =>
    one.clock === undefined ? one : { ...one, clock: { ...one.clock, synchronised: false } }
  expect((await found({ change: unset })).proven).toContain(LEFT_OUT)
})

test('what an agent could not keep was measured: its site was not silent', async () => {
  const dropped = { windows: 15, from: FROM, to: TO, cause: 'spool-full' } as const
  const change: Change = (one, minute) =>
    isInside(minute) ? null : minute === 30 ? { ...one, dropped } : one
  const told = await found({ change })
  expect(told.codes).toContain('missing dropped')
  expect(told.missing).not.toContain(SILENT)
  // Nor is it where the log notes that nothing came.
  expect(told.missing[0]).toContain('that it measured, and could not keep them')
})

test('neighbours by a key of before the agent was enrolled anew make nothing worse', async () => {
  const old = newSigner(SIGNERS.agent.name)
  const change = bootedAt(12, (one, nth) => (nth === 0 ? { ...one, previous: null } : one))
  const agentAt = (minute: number) => (minute < 12 ? old : SIGNERS.agent)
  const told = await found({ agentAt, change })
  expect(told).toMatchObject({ records: 15, valid: true, complete: true, items: [] })
  expect(told.claimed).toContain(WORD)
  // Inside the time it is as it was.
  const agentIn = (minute: number) => (minute === 20 ? old : SIGNERS.agent)
  const forged = await found({ agentAt: agentIn, lose: (minute) => minute === 21 })
  expect(forged.codes).toContain('invalid record-signature')
})

test('a chain that begins anew well after a time says nothing of it; one just after does', async () => {
  const anew = (first: number) =>
    bootedAt(first, (one, nth) => (nth === 0 ? { ...one, previous: null } : one))
  const later = await found({ change: anew(40) })
  expect(later).toMatchObject({ complete: true, items: [] })
  expect(later.claimed).not.toContain(WORD)
  const soon = await found({ change: anew(32) })
  expect(soon.codes).toContain('suspicious chain-restart')
  const linkless = { change: bootedAt(40), withhold: (minute: number) => minute === 39 }
  expect(await found(linkless)).toMatchObject({ complete: true, items: [] })
})

test('a host that slept up to a time, or from its end on, was not stepped in it', async () => {
  const slept = (first: number, last: number): Change => {
    return (one, minute) => {
      if (minute >= first && minute < last) return null
      const { clock } = one
      if (clock === undefined || minute < last) return one
      const asleep = (last - first) * MINUTE
      const monotonicFromMs = clock.monotonicFromMs - asleep
      const monotonicToMs = clock.monotonicToMs - asleep
      return { ...one, clock: { ...clock, monotonicFromMs, monotonicToMs } }
    }
  }
  for (const [first, last] of [
    [3, 15],
    [30, 40],
  ] as const) {
    const told = await found({ change: slept(first, last) })
    expect(told).toMatchObject({ records: 15, complete: true, items: [] })
    expect(told.proven).toContain(LEFT_OUT)
  }
  expect((await found({ change: slept(10, 20) })).codes).toEqual(['suspicious clock-step'])
})

/** Records as the verifier keeps them, each the first of its boot. */
function boots(count: number, previous: (at: number) => string | null): SeenRecord[] {
  const borders = { monotonicFromMs: 0, monotonicToMs: MINUTE }
  const clock = { ...borders, synchronised: true, maxErrorMs: 1, source: 'adjtimex' } as const
  const { evidence: _evidence, observations, ...said } = record('a'.repeat(64), { clock })
  return Array.from({ length: count }, (_, at) => {
    const boot = `00000000-0000-4000-8000-${String(at).padStart(12, '0')}`
    const from = START + at * MINUTE
    const window = { from, to: from + MINUTE, monotonicMs: MINUTE }
    return {
      ...{ index: at, where: `${at}`, payloadSha256: `${at}`, proven: true, unread: null },
      record: { ...said, boot, window, previous: previous(at) },
      observations: () => observations,
      receipts: { proven: 0, claimed: 0, none: 0, marks: [] },
    }
  })
}

test.each<[string, (at: number) => string | null]>([
  ['in one chain', (at) => (at === 0 ? null : `${at - 1}`)],
  ['that follow nothing', () => null],
])('forty thousand boots of one record each, %s, are held together soon', (_name, previous) => {
  const records = boots(40_000, previous)
  const begun = performance.now()
  const days = { from: START, to: START + 31 * 24 * 60 * MINUTE }
  checkChains(records, days, () => undefined)
  const unbroken = new Unbroken(records, new Map(), [])
  for (let at = days.from; at < days.to; at += 15 * MINUTE)
    unbroken.of({ from: at, to: at + 15 * MINUTE })
  expect(performance.now() - begun).toBeLessThan(10_000)
})
