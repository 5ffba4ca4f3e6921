import { spawnSync } from 'node:child_process'
import { copyFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { verifyFile } from '../../agent/verify/run.ts'
import type { Eligibility } from '../../shared/eligibility/document.ts'
import type { Verification } from '../../shared/evidence/verify.ts'
import { FAR_ENDS, LINK, VOIP_READY } from '../scenarios/story.ts'
import { leftOfMinute } from '../support/minute.ts'
import { makeVerifier } from '../support/verifier.ts'
import { type EvidenceSite, emptyFolder, evidenceSite } from './evidence-site.ts'
import { scenario } from './scenario.ts'
import type { Lab } from './topology.ts'

const CUT_MS = 25_000
/** Of good network at least, whatever of the minute is left when the agent begins. */
const GOOD_MS = 10_000
const QUARTER_MS = 900_000
const PTIME_MS = 20
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))
const untilMinute = (afterMs: number) => pause(60_000 - (Date.now() % 60_000) + afterMs)
const iso = (ms: number) => new Date(ms).toISOString()

/**
 * Everything is real time but one thing: a bundle holds quarter hours that are over, so the real
 * collector lives by libfaketime, and its clock, true until then, is stepped 16 minutes on once all
 * records are in and signed. What the log says of the time after is that nobody was there.
 */
scenario(
  'an outage: injected, logged, cut as a bundle, verified and read by a side that has only keys',
  { timeoutMs: 360_000 },
  async (lab) => {
    const site = await evidenceSite(lab)
    const times = await liveThrough(lab, site)
    site.endQuarter()
    await site.settled()
    const bundle = await site.cutBundle(times.fromMs, times.untilMs)
    const folder = emptyFolder()
    const keyOptions = await otherSide(site, bundle, folder)
    const plain = (args: readonly string[]) =>
      spawnSync(process.execPath, args, { cwd: folder, encoding: 'utf8', env: {} })
    const verified = plain(['verify.mjs', 'leeds.bundle', '--json', ...keyOptions])
    expectVerified(JSON.parse(verified.stdout), verified.status, times.cutMs)
    const asked = [
      ...['--site', 'leeds', '--outage-ref', 'CASE-1', '--bundle', 'leeds.bundle'],
      ...['--reference', '15m', '--from', iso(times.cutMs), '--to', iso(times.mendedMs)],
    ]
    const eligibility = ['eligibility', '--json', ...asked, ...keyOptions]
    const read = plain([VOIP_READY[1] ?? '', ...eligibility])
    const document = JSON.parse(read.stdout) as Eligibility
    expectUndetermined(document, read.status)
    await expectTruth(lab, bundle, await site.keys(), document)
  },
)

interface Times {
  readonly fromMs: number
  readonly cutMs: number
  readonly mendedMs: number
  readonly untilMs: number
}

/** A part of a minute of good network, a whole one with the cut in it, a part of one mended. */
async function liveThrough(lab: Lab, site: EvidenceSite): Promise<Times> {
  const router = lab.router(LINK)
  await router.impair([{ delayMs: 10 }])
  // Each record is to have its receipts: none is of a last moment in which no session was open yet.
  await leftOfMinute(15_000)
  const fromMs = Date.now()
  const agent = await site.startAgent()
  await pause(GOOD_MS)
  await untilMinute(5000)
  const cutMs = await router.impair([{ outage: true }])
  await pause(CUT_MS)
  const mendedMs = await router.impair([{ delayMs: 10 }])
  await untilMinute(12_000)
  expect(await agent.stop('SIGTERM')).toBe(0)
  const untilMs = Date.now()
  await site.settled()
  return { fromMs, cutMs, mendedMs, untilMs }
}

/** The verifier as one file, the bundle, and the keys as each party handed them over. */
async function otherSide(site: EvidenceSite, bundle: string, folder: string) {
  makeVerifier(folder)
  copyFileSync(bundle, join(folder, 'leeds.bundle'))
  const keys = Object.entries(await site.keys())
  return keys.flatMap(([role, all]) => {
    writeFileSync(join(folder, `${role}.vkey`), `${all.join('\n')}\n`)
    return [`--${role}-key`, `${role}.vkey`]
  })
}

/** Nothing is invalid, every record and every receipt is signed, the quarter hour of the cut fails. */
function expectVerified(found: Verification, status: number | null, cutMs: number): void {
  const held = found.items.filter(({ severity }) => severity !== 'note' && severity !== 'missing')
  expect(held).toEqual([])
  expect(status).toBe(found.complete ? 0 : 2)
  const signed = (what: string) =>
    found.intervals
      .flatMap(({ proven }) => proven)
      .reduce((sum, text) => sum + Number(new RegExp(`^(\\d+) ${what}`).exec(text)?.[1] ?? 0), 0)
  expect(signed('records? signed by the agent')).toBe(found.records)
  expect(signed('receipts? signed by reflectors')).toBe(2 * found.records)
  const failed = found.intervals.filter(({ failing }) => failing.includes('VRN-6'))
  expect(failed.map(({ from }) => from)).toEqual([Math.floor(cutMs / QUARTER_MS) * QUARTER_MS])
}

/** Loss of service, and not one word on whether the network before it met the contract. */
function expectUndetermined(said: Eligibility, status: number | null): void {
  expect(status).toBe(2)
  expect(said.evidence.invalid).toBe(0)
  expect(said.required).toBe('CANNOT BE DETERMINED')
  expect(said.counts).toMatchObject({ met: 0, notMet: 0 })
  expect(said.counts.cannot).toBeGreaterThan(0)
  expect(said.service.state).toBe('loss')
  const ends = said.service.farEnds.map(({ state, reflector, signed }) => [
    state,
    reflector,
    signed,
  ])
  expect(ends).toEqual([
    ['partly', 'kept-running', true],
    ['partly', 'kept-running', true],
  ])
}

/** Each packet of the router's log is in one record; the silence told is what was really cut. */
async function expectTruth(
  lab: Lab,
  bundle: string,
  { agent, reflector, log }: Awaited<ReturnType<EvidenceSite['keys']>>,
  { service }: Eligibility,
): Promise<void> {
  const keys = { agentKey: agent, reflectorKey: reflector, logKey: log, witnessKey: [] }
  const read = await verifyFile(bundle, keys)
  if (!read.ok) throw new Error(read.error)
  const windows = (read.value.parts?.records ?? []).flatMap((one) => one.observations())
  const truth = await lab.router(LINK).truth()
  const table = service.farEnds.map(({ farEnd, detail }) => {
    const losses = windows.flatMap((one) =>
      one.kind === 'stream' && one.farEnd === farEnd ? [one.legs.out.loss] : [],
    )
    const sum = (of: 'expected' | 'lost' | 'unattributed') =>
      losses.reduce((all, loss) => all + loss[of], 0)
    const { sent, lost } = truth.leg({ leg: 'out', port: FAR_ENDS[farEnd].port })
    const silent = Number(/silent for ([\d.]+) s/.exec(detail)?.[1])
    return {
      ...{ farEnd, sent, saidSent: sum('expected'), lost, saidLost: sum('lost') },
      ...{ unattributed: sum('unattributed'), cutS: (lost * PTIME_MS) / 1000, saidSilentS: silent },
    }
  })
  console.table(table)
  for (const { sent, saidSent, lost, saidLost, unattributed, cutS, saidSilentS } of table) {
    expect(lost).toBeGreaterThan((0.9 * CUT_MS) / PTIME_MS)
    expect([saidSent, saidLost, unattributed]).toEqual([sent, lost, 0])
    expect(saidSilentS).toBe(cutS)
  }
}
