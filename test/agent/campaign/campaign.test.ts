import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { type CertifyOptions, runCertify, runProtocolCheck } from '../../../agent/campaign/run.ts'
import { sha256hex } from '../../../config/load.ts'
import { packBundle } from '../../../server/bundle/pack.ts'
import type { Certificate } from '../../../shared/campaign/certify.ts'
import { streamProblems } from '../../../shared/campaign/measure.ts'
import { parseProtocol, protocolIdentity } from '../../../shared/campaign/protocol.ts'
import { slotsOf } from '../../../shared/campaign/slots.ts'
import type { EntryBody } from '../../../shared/evidence/entry.ts'
import { profileIdentity } from '../../../shared/profile/canonical.ts'
import type { AgentRecord } from '../../../shared/record/record.ts'
import { MINUTE, START } from '../../server/support/fixtures.ts'
import { lossOf, stream } from '../../shared/verdict/scenes.ts'
import { keyOptions, lossy, VOICE_PROFILE } from '../../support/eligibility-world.ts'
import { type WorldOptions, worldLines } from '../../support/evidence-world.ts'
import { temporaryDirectory } from '../../support/temporary.ts'

/** Four measurements of five minutes from 10:05 on; the log begins at 10:00 (2 March 2026, UTC). */
const PROTOCOL = {
  ...{ format: 'voip-ready/campaign/1', id: 'trial', site: 'leeds', zone: 'UTC' },
  profile: { id: 'test', sha256: profileIdentity(VOICE_PROFILE, sha256hex) },
  days: ['2026-03-02'],
  measurements: { first: '10:05', last: '10:35', everyMinutes: 10, lengthMinutes: 5 },
  busyHours: [{ from: '10:10', to: '10:30' }],
  ...{ calls: 1, codec: 'g711', tolerance: { unmeasuredSeconds: 10, missing: 0 } },
}

const parsed = parseProtocol(PROTOCOL)
if (!parsed.ok) throw new Error(JSON.stringify(parsed.error))
const SHA256 = protocolIdentity(parsed.value, sha256hex)

/** The hash stands in the log as the reason of a maintenance window, after this minute's records. */
const named =
  (when: number, sha256 = SHA256) =>
  (minute: number): EntryBody[] =>
    minute !== when
      ? []
      : [
          {
            ...{
              kind: 'exclusion',
              site: 'leeds',
              id: 'campaign',
              cause: 'maintenance',
              by: 'noc',
            },
            ...{ from: START + 500 * MINUTE, to: START + 501 * MINUTE, withdrawn: false },
            why: `protocol ${sha256}`,
          },
        ]

async function certified(
  options: Partial<WorldOptions>,
  change: object = {},
  keys: Partial<CertifyOptions> = {},
) {
  const folder = temporaryDirectory()
  const [file, bundle] = [join(folder, 'c.yaml'), join(folder, 'b')]
  writeFileSync(file, JSON.stringify({ ...PROTOCOL, ...change }))
  const world = { minutes: 45, profile: VOICE_PROFILE, entries: named(2), ...options }
  writeFileSync(bundle, packBundle(worldLines(world)))
  const say = async (json: boolean) => {
    let text = ''
    const exit = await runCertify(file, { bundle, json, ...keyOptions(), ...keys }, (part) => {
      text += part
    })
    return { exit, text }
  }
  const { exit, text } = await say(true)
  const found: Certificate = JSON.parse(text)
  return { exit, found, text: (await say(false)).text }
}

test('a protocol that was fixed beforehand and followed is certified, with what its measurements say', async () => {
  const { exit, found, text } = await certified({})
  expect([exit, found.followed, found.required]).toEqual([0, 'FOLLOWED', 'MET'])
  expect(found.measurements.map(({ at, state }) => `${at} ${state}`)).toEqual([
    ...['10:05 done', '10:15 done', '10:25 done', '10:35 done'],
  ])
  expect(found.answers.find(({ id }) => id === 'VRN-6')).toMatchObject({ met: 4, answer: 'MET' })
  expect(text).toMatch(
    /^Campaign trial, site leeds: the protocol was FOLLOWED\nrequired lines: MET\n/,
  )
  expect(text).toContain('4 measurements of 5 min alone, 2026-03-02T10:05Z to 2026-03-02T10:40Z.')
  expect(text).not.toMatch(/not (shown|held)/)
  // Whoever holds the paper can verify without us; a command is one line of its own, whatever its width.
  const [paper = '', command = ''] = text.split(/^ {2}(?=node verify\.mjs )/m)
  expect(paper.split('\n').filter((line) => line.length > 100)).toEqual([])
  for (const role of ['agent', 'reflector', 'log']) expect(command).toContain(`--${role}-key '`)
})

test('a person reads the answer, why it is none, and which measurements lack, with their zone', async () => {
  const silent = (one: AgentRecord, minute: number) => (minute >= 25 && minute < 30 ? null : one)
  const zone = { zone: 'Europe/London' }
  const parsedHere = parseProtocol({ ...PROTOCOL, ...zone })
  if (!parsedHere.ok) throw new Error(JSON.stringify(parsedHere.error))
  const agreed = named(2, protocolIdentity(parsedHere.value, sha256hex))
  const { text } = await certified({ change: silent, entries: agreed }, zone)
  expect(text.replaceAll(/\s+/g, ' ')).toMatch(
    /was NOT FOLLOWED not held: 4 measurements of 5 min, 1 call g711, both data centres \(3 done, 1 missing, 0 not as agreed, 0 unproven\) required lines: CANNOT BE DETERMINED; a protocol/,
  )
  expect(text).toContain('What was measured all the same, and decides nothing:')
  expect(text).toContain(
    'Measurements not shown as agreed:\n2026-03-02T10:25Z (2026-03-02 10:25 Europe/London) missing: no record',
  )
  expect(text).toContain('busy hour 10:10-10:30 Europe/London')
  const late = await certified({ entries: named(20) })
  expect(late.text.replaceAll(/\s+/g, ' ')).toContain('not before 2026-03-02T10:05Z, when the')
  const lost = (one: AgentRecord, minute: number) =>
    minute >= 15 && minute < 20 ? lossy(one, 300) : one
  expect((await certified({ change: lost })).text).toContain('required lines: NOT MET (VRN-6)\n')
  const unnamed = await certified({ entries: () => [] })
  expect(unnamed.text).toContain(
    'whether the protocol was followed CANNOT BE SHOWN\nnot shown: fixed before it began (no entry',
  )
})

test('a fail in an agreed measurement is NOT MET; one beside them is no part of it', async () => {
  const bad = (from: number) => (one: AgentRecord, minute: number) =>
    minute >= from && minute < from + 5 ? lossy(one, 300) : one
  const inside = await certified({ change: bad(15) })
  expect([inside.exit, inside.found.followed, inside.found.required]).toEqual([
    1,
    'FOLLOWED',
    'NOT MET',
  ])
  const beside = await certified({ change: bad(10) })
  expect([beside.exit, beside.found.required]).toEqual([0, 'MET'])
})

test.each([
  [
    'a measurement is missing',
    { change: (one: AgentRecord, m: number) => (m >= 25 && m < 30 ? null : one) },
    {},
    'missing',
  ],
  [
    'half of one is missing',
    { change: (one: AgentRecord, m: number) => (m === 26 ? null : one) },
    {},
    'outside',
  ],
  ['more calls were agreed', {}, { calls: 20 }, 'outside'],
  ['another codec was agreed', {}, { codec: 'g729' }, 'outside'],
  [
    'another profile was agreed',
    {},
    { profile: { id: 'test', sha256: 'a'.repeat(64) } },
    'outside',
  ],
])(
  'where %s, it was not followed, and it is never certified',
  async (_name, world, change, state) => {
    const { exit, found } = await certified(world, change)
    expect([exit, found.followed, found.required]).toEqual([
      1,
      'NOT FOLLOWED',
      'CANNOT BE DETERMINED',
    ])
    expect(found.measurements.map((one) => one.state)).toContain(state)
  },
)

test.each<[string, Partial<WorldOptions>, object, string]>([
  [
    'more days were agreed than the bundle covers',
    {},
    { days: ['2026-03-02', '2026-03-03'] },
    'this bundle does not cover it',
  ],
  ['records of a measurement are not here', { lose: (m) => m >= 25 && m < 30 }, {}, 'are not here'],
  ['a record of one is not here', { lose: (m) => m === 27 }, {}, 'are not here'],
  [
    'an agent is silent to the end, and may send later',
    { change: (one, m) => (m >= 30 ? null : one) },
    {},
    'nothing that leeds-1 made after',
  ],
  ['no agent was ever heard', { change: () => null }, {}, 'no record of this site is here'],
])(
  'where %s, nobody is said not to have followed it: that cannot be shown',
  async (_name, world, change, why) => {
    const agreed = parseProtocol({ ...PROTOCOL, ...change })
    if (!agreed.ok) throw new Error(JSON.stringify(agreed.error))
    const entries = named(2, protocolIdentity(agreed.value, sha256hex))
    const { exit, found } = await certified({ entries, ...world }, change)
    expect([exit, found.followed]).toEqual([2, 'CANNOT BE SHOWN'])
    const unproven = found.measurements.filter(({ state }) => state === 'unproven')
    expect(unproven.flatMap((one) => one.why).join()).toContain(why)
    expect(found.measurements.filter(({ state }) => state === 'missing')).toEqual([])
  },
)

test('records that are not here do not excuse what was measured otherwise than agreed', async () => {
  const lose = (minute: number) => minute === 27
  const { found } = await certified({ lose }, { calls: 20 })
  expect([found.followed, found.measurements[2]?.state]).toEqual(['NOT FOLLOWED', 'outside'])
})

test('a busy hour is left out on a day when nothing in it was made; what is unproven may have been', async () => {
  const busy = { busyHours: [{ from: '10:20', to: '10:40' }] }
  const agreed = parseProtocol({ ...PROTOCOL, ...busy })
  if (!agreed.ok) throw new Error(JSON.stringify(agreed.error))
  const entries = named(2, protocolIdentity(agreed.value, sha256hex))
  const silent = (one: AgentRecord, minute: number) => (minute >= 35 && minute < 40 ? null : one)
  const held = async (world: Partial<WorldOptions>) => {
    const { found } = await certified({ entries, ...world }, busy)
    return found.points.find(({ asked }) => asked.startsWith('busy hour'))
  }
  expect(await held({ change: silent })).toMatchObject({ held: 'yes' })
  const lose = (minute: number) => minute === 27
  expect(await held({ change: silent, lose })).toMatchObject({
    ...{ held: 'not-shown', found: '0 of 2 measurements, on 0 of 1 days' },
  })
  const both = (one: AgentRecord, minute: number) => (minute >= 25 && minute < 40 ? null : one)
  expect(await held({ change: both })).toMatchObject({ held: 'no' })
})

test('what is unproven lacks at worst: the protocol may allow that', async () => {
  const { change, entries } = allowing(1)
  const one = await certified({ entries, lose: (minute) => minute === 27 }, change)
  expect([one.exit, one.found.followed, one.found.required]).toEqual([0, 'FOLLOWED', 'MET'])
  const silent = (record: AgentRecord, minute: number) =>
    minute >= 15 && minute < 20 ? null : record
  const two = await certified({ entries, lose: (m) => m === 27, change: silent }, change)
  expect([two.exit, two.found.followed]).toEqual([2, 'CANNOT BE SHOWN'])
})

/** Two of four may be missing, and the hash of that agreement stands in the log. */
function allowing(missing: number) {
  const change = { tolerance: { unmeasuredSeconds: 10, missing } }
  const agreed = parseProtocol({ ...PROTOCOL, ...change })
  if (!agreed.ok) throw new Error(JSON.stringify(agreed.error))
  return { change, entries: named(2, protocolIdentity(agreed.value, sha256hex)) }
}

test('what the protocol allows to lack says nothing; one more, or one that failed all the same, does', async () => {
  const silent = (from: number, to: number) => (one: AgentRecord, minute: number) =>
    minute >= from && minute < to ? null : one
  const { change, entries } = allowing(1)
  const spared = await certified({ entries, change: silent(25, 30) }, change)
  expect([spared.exit, spared.found.followed, spared.found.required]).toEqual([
    ...[0, 'FOLLOWED', 'MET'],
  ])
  expect(spared.text).toContain(
    'required lines: MET; 1 not shown as agreed, as the protocol allows, say',
  )
  expect(spared.found.answers.find(({ id }) => id === 'VRN-6')).toMatchObject({ met: 3 })
  expect(spared.found.measurements.map(({ answer }) => answer)).toEqual([
    ...['MET', 'MET', 'CANNOT BE DETERMINED', 'MET'],
  ])
  const two = await certified({ entries, change: silent(25, 40) }, change)
  expect([two.exit, two.found.followed]).toEqual([1, 'NOT FOLLOWED'])
  // A minute of it is missing, and in the others the network failed: sparing it would hide that.
  const failing = (one: AgentRecord, minute: number) =>
    minute === 26 ? null : minute >= 25 && minute < 30 ? lossy(one, 300) : one
  const hidden = await certified({ entries, change: failing }, change)
  expect([hidden.exit, hidden.found.followed, hidden.found.required]).toEqual([
    ...[2, 'FOLLOWED', 'CANNOT BE DETERMINED'],
  ])
  // Losses of which nobody knows the leg are of neither leg's line, and hidden no more than those.
  const oneOfBoth = (one: AgentRecord, minute: number) => {
    if (minute < 25 || minute >= 30) return one
    const { from, to } = one.window
    const legs = { out: { loss: lossOf(0, 3000, 600) }, back: { loss: lossOf(0, 3000, 600) } }
    const far = { farEnd: 'secondary', from, to } as const
    const observations = [
      stream({ farEnd: 'primary', from, to, attribution: 'replies', ...legs }),
      stream(far),
    ]
    return minute === 26 ? null : { ...one, observations }
  }
  const either = await certified({ entries, change: oneOfBoth }, change)
  expect([either.exit, either.found.required]).toEqual([2, 'CANNOT BE DETERMINED'])
  expect(either.found.answers.filter(({ leg }) => leg === 'either')).toMatchObject([
    { id: 'VRN-6', answer: 'CANNOT BE DETERMINED' },
  ])
  const none = await certified(
    { entries: allowing(4).entries, change: silent(5, 45) },
    allowing(4).change,
  )
  expect(none.found.required).toBe('CANNOT BE DETERMINED')
  expect(none.exit).not.toBe(0)
})

test('a hash that the log names too late is no agreement beforehand, and none that it does not name', async () => {
  const late = await certified({ entries: named(20) })
  expect([late.exit, late.found.followed]).toEqual([2, 'CANNOT BE SHOWN'])
  const never = await certified({ entries: () => [] })
  expect([never.exit, never.found.followed]).toEqual([2, 'CANNOT BE SHOWN'])
})

test('without keys nothing can be shown', async () => {
  const none = { agentKey: [], reflectorKey: [], logKey: [] }
  const { exit, found } = await certified({}, {}, none)
  expect([exit, found.followed]).toEqual([2, 'CANNOT BE SHOWN'])
  expect(found.measurements.map(({ state }) => state)).toEqual(Array(4).fill('unproven'))
})

test('hours are those of the zone: daylight saving is followed, and an hour that no clock shows is refused', async () => {
  const at = (days: string[], first: string) =>
    slotsOf({
      ...{ days, zone: 'Europe/London' },
      measurements: { first, last: first, everyMinutes: 15, lengthMinutes: 5 },
    })
  const [winter, summer] = at(['2026-03-28', '2026-03-29'], '09:00').slots
  expect(new Date(winter?.from ?? 0).toISOString()).toBe('2026-03-28T09:00:00.000Z')
  expect(new Date(summer?.from ?? 0).toISOString()).toBe('2026-03-29T08:00:00.000Z')
  expect(at(['2026-03-29'], '01:30')).toEqual({ slots: [], impossible: ['2026-03-29 01:30'] })
  // 25 October: 01:30 is shown twice, and the first of the two is meant.
  expect(new Date(at(['2026-10-25'], '01:30').slots[0]?.from ?? 0).toISOString()).toBe(
    '2026-10-25T00:30:00.000Z',
  )
})

test.each([
  [{ zone: 'Mars/Olympus' }, /zone.*a time zone/],
  [{ days: ['2026-03-02', '2026-03-02'] }, /every day once/],
  [{ days: ['2026-02-30'] }, /days\[0\]: wanted a day of the calendar such as 2026-11-30/],
  [{ days: ['2026-3-2'] }, /a day of the calendar/],
  [{ busyHours: [{ from: '10:30', to: '10:10' }] }, /wanted a time after 10:30.*swap/],
  [{ measurements: { ...PROTOCOL.measurements, first: '25:00' } }, /a time such as "08:00"/],
  [{ busyHours: [{ from: '12:00', to: '13:00' }] }, /a measurement in it on every day/],
  [{ measurements: { ...PROTOCOL.measurements, lengthMinutes: 11 } }, /at most everyMinutes/],
  [{ measurments: {} }, /measurments/],
  [{ calls: 0 }, /calls/],
])('%j is refused with its place and its repair', async (change, words) => {
  const file = join(temporaryDirectory(), 'c.yaml')
  writeFileSync(file, JSON.stringify({ ...PROTOCOL, ...change }))
  await expect(runProtocolCheck(file, false, () => {}, START)).rejects.toThrow(words)
})

test('check prints the hash, the times in UTC, and how to fix it beforehand', async () => {
  const example = new URL('../../../config/examples/campaign.yaml', import.meta.url).pathname
  let text = ''
  const exit = await runProtocolCheck(
    example,
    false,
    (part) => {
      text += part
    },
    START,
  )
  expect(exit).toBe(0)
  expect(text).toMatch(/sha256 [0-9a-f]{64}/)
  expect(text).toContain('200 measurements of 15 min')
  expect(text).toContain('first 2026-11-30T08:00Z')
})

test('says on whose word its figures stand, and from where reflectors saw the site come', async () => {
  const word = ({ found }: Awaited<ReturnType<typeof certified>>) =>
    found.points.find(({ asked }) => asked === 'figures on the word of both sides')
  const whole = await certified({})
  expect(word(whole)).toMatchObject({ held: 'yes', found: expect.stringContaining('in all 4') })
  expect(whole.found.seenFrom).toMatchObject({
    forBoth: [],
    sightings: [
      { farEnd: 'primary', reflector: 'dc1', address: '192.0.2.9', receipts: 20, proven: 20 },
      { farEnd: 'secondary', reflector: 'dc2', address: '192.0.2.10', receipts: 20 },
    ],
  })
  expect(whole.text).toContain('primary: dc1 saw leeds-1 come from 192.0.2.9 (20 receipts, 2026-')
  // In one of them the agent has nobody's word besides its own.
  const bare = (one: AgentRecord, minute: number) =>
    minute < 15 || minute >= 20
      ? one
      : {
          ...one,
          evidence: (one.evidence ?? []).map((own) => ({
            ...own,
            ...{ receipts: [], oneSided: 'no-answer' as const },
          })),
        }
  const alone = await certified({ change: bare })
  expect(word(alone)).toMatchObject({
    ...{ held: 'claimed', found: '1 of 4 are the word of the agent alone' },
  })
  expect(alone.found.measurements.map(({ backed }) => backed)).toEqual([true, false, true, true])
  expect([alone.exit, alone.found.required]).toEqual([0, 'MET'])
  const unheld = await certified({}, {}, { reflectorKey: [] })
  expect(word(unheld)).toMatchObject({ held: 'claimed' })
})

test('a minute of which packets look at ten seconds does not stand for the whole minute', () => {
  const asked = {
    codec: 'g711',
    calls: 1,
    tolerance: { unmeasuredSeconds: 10, missing: 0 },
  } as const
  const whole = stream()
  const slot = { from: whole.from, to: whole.to }
  const shortOf = (scheduled: number) => {
    const seen = stream({ instrument: { scheduled, sent: scheduled } })
    return streamProblems(asked, slot, 'primary', [seen]).short
  }
  expect(shortOf(3000)).toEqual([])
  expect(shortOf(2500)).toEqual([])
  expect(shortOf(500)).toEqual(['primary: 50 s of it were not measured'])
})
