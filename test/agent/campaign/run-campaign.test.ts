import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { type ConductParts, conduct } from '../../../agent/campaign/conduct.ts'
import { measureApart } from '../../../agent/campaign/measure-apart.ts'
import { Shelf } from '../../../agent/campaign/shelf.ts'
import { runCampaignStatus } from '../../../agent/campaign/status.ts'
import { sleep } from '../../../agent/sleep.ts'
import { loadProfile, sha256hex } from '../../../config/load.ts'
import { exitOfTally, tallyOf } from '../../../shared/campaign/book.ts'
import { parseProtocol, protocolIdentity } from '../../../shared/campaign/protocol.ts'
import { slotsOf } from '../../../shared/campaign/slots.ts'
import { ok } from '../../../shared/result.ts'
import { stream } from '../../shared/verdict/scenes.ts'
import { PROGRAM, run, startReflector } from '../../support/program.ts'
import { temporaryDirectory } from '../../support/temporary.ts'

const PROFILE = 'a'.repeat(64)
/** Three measurements of ten minutes, 00:50, 01:50 and 02:50 of London; the clocks go back at 02:00. */
const PROTOCOL = {
  ...{ format: 'voip-ready/campaign/1', id: 'trial', site: 'leeds', zone: 'Europe/London' },
  profile: { id: 'test', sha256: PROFILE },
  days: ['2026-10-25'],
  measurements: { first: '00:50', last: '02:50', everyMinutes: 60, lengthMinutes: 10 },
  busyHours: [{ from: '00:00', to: '03:00' }],
  ...{ calls: 1, codec: 'g711', tolerance: { unmeasuredSeconds: 10, missing: 0 } },
}
const at = (utc: string) => Date.parse(`2026-10-25T${utc}Z`)
const BEFORE = Date.parse('2026-10-24T23:00:00Z')
const MINUTE = 60_000

/** What a check prints that saw both data centres from then to then. */
function printed(from: number, to: number, overall = 'READY'): string {
  const profile = { id: 'test', version: '1', sha256: PROFILE }
  const counts = { pass: 0, fail: 0, inconclusive: 0, 'not-tested': 0 }
  const packets = (to - from) / 20
  return JSON.stringify({
    ...{ format: 'voip-ready/check/1', tool: { name: 'voip-ready', version: '1' }, site: 'leeds' },
    ...{ stoppedEarly: false, exit: 0, capabilities: null, farEnds: [] },
    judgement: { overall, profile, from, to, onlyLines: null, counts, findings: [] },
    lines: [],
    observations: (['primary', 'secondary'] as const).map((farEnd) =>
      stream({ farEnd, from, to, instrument: { scheduled: packets, sent: packets } }),
    ),
  })
}

/** A world with a clock of its own: sleeping and measuring are what moves it. */
function world(folder: string, startMs: number, change: Partial<ConductParts> = {}) {
  const parsed = parseProtocol(PROTOCOL)
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.error))
  const clock = { now: startMs }
  const told: string[] = []
  const starts: number[] = []
  const stopping = new AbortController()
  const parts: ConductParts = {
    ...{ protocol: parsed.value, slots: slotsOf(parsed.value).slots, shelf: new Shelf(folder) },
    protocolSha256: protocolIdentity(parsed.value, sha256hex),
    nowMs: () => clock.now,
    sleep: async (ms) => {
      clock.now += ms
    },
    measure: async (durationMs) => {
      starts.push(clock.now)
      const from = clock.now
      clock.now += durationMs
      return ok(printed(from, clock.now))
    },
    tell: (event) => {
      if (event.event === 'measured') told.push(`${event.entry.at} ${event.entry.state}`)
    },
    stop: stopping.signal,
    ...change,
  }
  return { parts, clock, told, starts, stopping }
}

function bookOn(folder: string): { measurements: { at: string; state: string; why: string[] }[] } {
  return JSON.parse(readFileSync(join(folder, 'campaign.json'), 'utf8'))
}

test('each agreed measurement begins at its time, through a change of the clocks, and none twice', async () => {
  const folder = temporaryDirectory()
  const { parts, told, starts } = world(folder, BEFORE)
  const book = await conduct(parts)
  // 00:50 and the first 01:50 are summer time; 02:50 is two hours later by any clock but the wall's.
  const wanted = [Date.parse('2026-10-24T23:50:00Z'), at('00:50:00'), at('02:50:00')]
  expect(starts).toEqual(wanted)
  expect(told).toEqual(['00:50 done', '01:50 done', '02:50 done'])
  const tally = tallyOf(parts.slots, book.measurements)
  expect([tally.done, exitOfTally(tally, parts.protocol.tolerance)]).toEqual([3, 0])
  for (const { result } of book.measurements) {
    const bytes = readFileSync(join(folder, 'results', result?.file ?? ''))
    expect(sha256hex(bytes)).toBe(result?.sha256)
  }
  const again = world(folder, BEFORE)
  await conduct(again.parts)
  expect([again.starts, again.told]).toEqual([[], []])
})

test('a restart late within the tolerance measures what is left; one second more is missed, with why', async () => {
  const within = world(temporaryDirectory(), at('00:50:10'))
  await conduct(within.parts)
  expect(within.told).toEqual(['00:50 missed', '01:50 done', '02:50 done'])
  expect(within.starts[0]).toBe(at('00:50:10'))
  const folder = temporaryDirectory()
  const beyond = world(folder, at('00:50:11'))
  await conduct(beyond.parts)
  expect(beyond.told).toEqual(['00:50 missed', '01:50 missed', '02:50 done'])
  expect(bookOn(folder).measurements[1]?.why[0]).toContain('begun later, at 2026-10-25T00:50:11Z')
})

test('a fail is exit 1, too little measured and a result of another profile are not as agreed', async () => {
  const texts = [
    (from: number) => printed(from, from + 10 * MINUTE, 'NOT READY'),
    (from: number) => printed(from, from + 9 * MINUTE),
    (from: number) => printed(from, from + 10 * MINUTE).replaceAll(PROFILE, 'b'.repeat(64)),
  ]
  const { parts, told, clock } = world(temporaryDirectory(), BEFORE, {
    measure: async (durationMs) => {
      const from = clock.now
      clock.now += durationMs
      return ok(texts.shift()?.(from) ?? '')
    },
  })
  const book = await conduct(parts)
  expect(told).toEqual(['00:50 done', '01:50 outside', '02:50 outside'])
  expect(book.measurements[1]?.why[0]).toBe('primary: 60 s of it were not measured')
  expect(exitOfTally(tallyOf(parts.slots, book.measurements), parts.protocol.tolerance)).toBe(1)
})

/** Ends the world as kill -9 does: whatever is not on the disk by then is gone. */
class Killed extends Error {}

test.each([
  ['while it measured', 'measure', 'missed', /begun at .* broken off/],
  ['between its end and the result on disk', 'keep', 'missed', /broken off/],
  ['between the result on disk and the book', 'write', 'done', undefined],
] as const)('killed %s: the state is whole, and it goes on', async (_when, where, state, why) => {
  const folder = temporaryDirectory()
  const first = world(folder, BEFORE)
  const { shelf } = first.parts
  const die = async () => {
    throw new Killed()
  }
  if (where === 'keep') {
    shelf.keep = () => {
      throw new Killed()
    }
  }
  if (where === 'write') {
    const keep = shelf.keep.bind(shelf)
    shelf.keep = (name, text) => {
      keep(name, text)
      throw new Killed()
    }
  }
  const parts = where === 'measure' ? { ...first.parts, measure: die } : first.parts
  await expect(conduct(parts)).rejects.toThrow(Killed)
  const kept = bookOn(folder).measurements
  expect(kept.map((one) => one.state)).toEqual(['running'])
  writeFileSync(join(folder, '.tmp-campaign.json'), '{"half')

  const second = world(folder, at('00:40:00'))
  const book = await conduct(second.parts)
  expect(second.told).toEqual([`00:50 ${state}`, '01:50 done', '02:50 done'])
  if (why !== undefined) expect(book.measurements[0]?.why[0]).toMatch(why)
  expect(second.starts).toEqual([at('00:50:00'), at('02:50:00')])
})

test('Ctrl-C ends the waiting and the measuring; what was broken off is not counted', async () => {
  const folder = temporaryDirectory()
  const one = world(folder, BEFORE)
  const measure: ConductParts['measure'] = async () => {
    one.stopping.abort()
    return ok(printed(one.clock.now, one.clock.now + 10 * MINUTE))
  }
  const book = await conduct({ ...one.parts, measure })
  expect(book.measurements.map(({ state }) => state)).toEqual(['running'])
  expect(existsSync(join(folder, 'results', '2026-10-24T2350Z.json'))).toBe(false)
  expect(tallyOf(one.parts.slots, book.measurements)).toMatchObject({ done: 0, open: 3 })
})

test('status tells asked, done, missing and why, what is next in both zones, and a result that was changed', async () => {
  const folder = temporaryDirectory()
  const file = join(temporaryDirectory(), 'c.yaml')
  writeFileSync(file, JSON.stringify(PROTOCOL))
  const { parts, clock, stopping } = world(folder, BEFORE)
  const tell: ConductParts['tell'] = ({ event }) => {
    if (event === 'measured') stopping.abort()
  }
  await conduct({ ...parts, tell })
  const say = async (nowMs: number, json = false) => {
    let text = ''
    const exit = await runCampaignStatus(
      file,
      { state: folder, json },
      (part) => {
        text += part
      },
      nowMs,
    )
    return { exit, text }
  }
  const early = await say(clock.now)
  expect(early.exit).toBe(2)
  expect(early.text).toContain('next 2026-10-25T00:50Z (2026-10-25 01:50 Europe/London)')
  expect(early.text).toMatch(/2026-10-25 +3 +1 +0 +0 +2 +1 +0 +0/)
  const late = JSON.parse((await say(at('01:30:00'), true)).text)
  expect(late).toMatchObject({ done: 1, missed: 1, open: 1, next: { at: '02:50' } })
  expect(late.measurements[1].why).toEqual(['campaign run was not running'])
  const [name = ''] = readdirSync(join(folder, 'results'))
  const result = join(folder, 'results', name)
  writeFileSync(result, readFileSync(result, 'utf8').replace('READY', 'REA_Y'))
  expect((await say(clock.now)).text).toContain('not as agreed: its result was changed afterwards')
  rmSync(result)
  expect((await say(clock.now)).text).toContain('its result is gone')
  expect(early.text.split('\n').filter((line) => line.length > 100)).toEqual([])
})

test('a protocol that was changed, a state that is none: refused with both hashes, or where', async () => {
  const folder = temporaryDirectory()
  const { parts } = world(folder, BEFORE)
  await conduct(parts)
  const other = conduct({ ...parts, protocolSha256: 'c'.repeat(64) })
  await expect(other).rejects.toThrow(
    new RegExp(`${parts.protocolSha256}.*found ${'c'.repeat(64)}; give the protocol as it was`),
  )
  writeFileSync(join(folder, 'campaign.json'), '{"format":')
  await expect(conduct(parts)).rejects.toThrow(/campaign\.json: wanted a state folder that works/)
})

test('over loopback: three seconds of voice to a real reflector, done and kept', async () => {
  const reflector = await startReflector(temporaryDirectory())
  const folder = temporaryDirectory()
  const siteFile = join(folder, 'site.yaml')
  const farEnd = `{reflector: 127.0.0.1, port: ${reflector.port}, key: "${reflector.key}"}`
  writeFileSync(
    siteFile,
    `format: voip-ready/site/1\nsite: leeds\nprofile: pureconnect-rcm\n` +
      `farEnds:\n  primary: ${farEnd}\n  secondary: ${farEnd}\n`,
  )
  const { parts } = world(folder, 0)
  const { sha256 } = await loadProfile('pureconnect-rcm')
  const from = Date.now() + 200
  // A slow machine starts a process late: what is tried here is the way, not its speed.
  const tolerance = { unmeasuredSeconds: 600, missing: 0 }
  const protocol = { ...parts.protocol, profile: { id: 'p', sha256 }, tolerance }
  const order = { program: PROGRAM, siteFile, lines: ['VRN-3', 'VRN-6'], protocol, engine: 'auto' }
  const book = await conduct({
    ...{ ...parts, protocol, nowMs: Date.now, sleep },
    slots: [{ from, to: from + 120_000, day: '2026-10-25', at: '00:50' }],
    measure: (durationMs, stop) => {
      expect(durationMs).toBeGreaterThan(0)
      return measureApart(order, 3000, stop)
    },
  })
  expect(book.measurements).toMatchObject([{ state: 'done', why: [] }])
  const kept = readFileSync(join(folder, 'results', book.measurements[0]?.result?.file ?? ''))
  expect(JSON.parse(kept.toString()).observations).toHaveLength(2)
})

test.each([
  ['site: york', /wanted site leeds, as .* says, found york/],
  ['site: leeds', /wanted profile test a{64}, as .* found pureconnect-rcm [0-9a-f]{64}/],
])('run refuses a site that does not fit the protocol: %s', async (site, says) => {
  const folder = temporaryDirectory()
  const [file, siteFile] = [join(folder, 'c.yaml'), join(folder, 'site.yaml')]
  writeFileSync(file, JSON.stringify(PROTOCOL))
  const key = `k:${'x'.repeat(32)}`
  const text = `format: voip-ready/site/1\n${site}\nprofile: pureconnect-rcm\nfarEnds:\n`
  writeFileSync(siteFile, `${text}  primary: {reflector: 127.0.0.1, key: "${key}"}\n`)
  const state = join(folder, 'state')
  const ended = await run(['campaign', 'run', file, '--site', siteFile, '--state', state])
  expect([ended.code, existsSync(state)]).toEqual([3, false])
  expect(ended.err).toMatch(says)
})
