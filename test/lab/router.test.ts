import { describe, expect } from 'vitest'
import { type CapturedPacket, readPcap } from './pcap.ts'
import { rtpStreams } from './peers/tshark.ts'
import type { Impairment } from './router/impairment.ts'
import type { PacketTruth } from './router/truth-log.ts'
import { scenario } from './scenario.ts'
import type { Lab } from './topology.ts'
import { type RtpPlan, sendRtp, swallow } from './traffic/rtp-plan.ts'
import type { Truth } from './truth.ts'

const LINK = 'r2-r3'
/** One log serves a whole scenario; a new first SSRC tells the runs apart. */
let nextSsrc = 0x5000

describe('the impairment router', () => {
  scenario('keeps a log equal to what both ends saw', async (lab) => {
    await swallow(lab, 'dc1')
    const rules: Impairment[] = [
      {
        leg: 'out',
        delayMs: 15,
        loss: { kind: 'random', ratio: 0.05 },
        duplicate: { ratio: 0.04, afterMs: 3 },
        reorder: { ratio: 0.03, byMs: 30 },
      },
    ]
    const { sent, seen, truth, ssrcs } = await measure(lab, rules, { calls: 8, frames: 100 })
    const leg = pick(truth, ssrcs)
    expect(seen.near.map(identity)).toEqual(leg.filter((p) => !p.copy).map(identity))
    expect(leg.filter((p) => !p.copy)).toHaveLength(sent)
    const departures = leg.filter((p) => p.outNs !== undefined)
    departures.sort((a, b) => a.outNs! - b.outNs!)
    expect(seen.far.map(identity)).toEqual(departures.map(identity))
    const summary = truth.leg({ leg: 'out' })
    expect(summary.lostBy).toEqual({ loss: sent - new Set(seen.far.map(identity)).size })
    expect(summary.lost).toBeGreaterThan(0)
    expect(summary.duplicated).toBe(seen.far.length - summary.forwarded)
    expect(summary.duplicated).toBeGreaterThan(0)
    expect(summary.reordered).toBeGreaterThan(0)
    expect(summary.seconds.reduce((sum, { lost }) => sum + lost, 0)).toBe(summary.lost)
  })

  scenario('never sends early, and logs the times that the kernel saw', async (lab) => {
    await swallow(lab, 'dc1')
    const rules: Impairment[] = [{ leg: 'out', match: { dscp: 46 }, delayMs: 25 }, { delayMs: 5 }]
    const voice = await measure(lab, rules, { calls: 4, frames: 50 })
    const other = await measure(lab, rules, { calls: 1, frames: 25, dscp: 0 })
    for (const [run, wantedMs] of [
      [voice, 25],
      [other, 5],
    ] as const) {
      const far = new Map(run.seen.far.map((packet) => [identity(packet), packet]))
      const near = new Map(run.seen.near.map((packet) => [identity(packet), packet]))
      for (const packet of pick(run.truth, run.ssrcs)) {
        expect(packet.kernelTime).toBe(true)
        expect(packet.outNs! - packet.inNs).toBeGreaterThanOrEqual(wantedMs * 1e6)
        expect(packet.inNs).toBeGreaterThanOrEqual(near.get(identity(packet))!.timeNs)
        expect(packet.outNs!).toBeLessThanOrEqual(far.get(identity(packet))!.timeNs)
      }
    }
  })

  scenario('loses exactly what was asked of each flow, on one leg only', async (lab) => {
    await Promise.all([swallow(lab, 'dc1'), swallow(lab, 'site')])
    const rules: Impairment[] = [{ leg: 'out', loss: { kind: 'exact', lost: 2, of: 100 } }]
    const out = await measure(lab, rules, { calls: 3, frames: 100 })
    for (const ssrc of out.ssrcs) {
      expect(out.truth.leg({ leg: 'out', ssrc })).toMatchObject({ sent: 100, lost: 2 })
    }
    const streams = await rtpStreams(out.farFile, [5004])
    expect(streams.map(({ packets }) => packets)).toEqual([98, 98, 98])
    const back = lab.address('site').ipv4
    await sendRtp(lab, 'dc1', { to: back, frames: 25, calls: 2, firstSsrc: 0x4000 })
    const truth = await settled(lab)
    expect(truth.leg({ leg: 'back' })).toMatchObject({ sent: 50, lost: 0, duplicated: 0 })
  })

  scenario('repeats a run from its seed', async (lab) => {
    await swallow(lab, 'dc1')
    const rules: Impairment[] = [
      { loss: { kind: 'burst', enter: 0.05, leave: 0.3 }, duplicate: { ratio: 0.05 } },
    ]
    const fates: string[] = []
    for (const seed of [7, 7, 8]) {
      await lab.router(LINK).impair(rules, seed)
      const run = await measure(lab, undefined, { calls: 5, frames: 60 })
      fates.push(
        pick(run.truth, run.ssrcs)
          .map(({ fate, copy }) => `${fate}${copy}`)
          .join(),
      )
    }
    expect(fates[0]).toContain('burst')
    expect(fates[1]).toBe(fates[0])
    expect(fates[2]).not.toBe(fates[0])
  })

  scenario('remarks one leg, IPv4 and IPv6', async (lab) => {
    await swallow(lab, 'dc1')
    const rules: Impairment[] = [{ leg: 'out', match: { dscp: 46 }, dscp: 10 }]
    const four = await measure(lab, rules, { frames: 20 })
    const six = await measure(lab, rules, { frames: 20, to: lab.address('dc1').ipv6 })
    for (const { seen, truth, ssrcs } of [four, six]) {
      expect(new Set(seen.near.map(({ tos }) => tos))).toEqual(new Set([46 << 2]))
      expect(new Set(seen.far.map(({ tos }) => tos))).toEqual(new Set([10 << 2]))
      expect(new Set(seen.far.map(({ ttl }) => ttl))).toEqual(new Set([60]))
      const marks = truth.leg({ leg: 'out', ssrc: ssrcs[0]! }).dscpOut
      expect(marks).toEqual(new Map([[10, 20]]))
    }
  })

  scenario('queues, then drops, what exceeds a rate', async (lab) => {
    await swallow(lab, 'dc1')
    // Two calls offer 160 kbit/s of IP; half fits, and 2000 bytes or 200 ms may wait.
    const rules: Impairment[] = [{ rate: { kbitPerSecond: 80, queueBytes: 2000 } }]
    const { seen, truth, sent } = await measure(lab, rules, { calls: 2, frames: 100 })
    const summary = truth.leg({ leg: 'out' })
    expect(summary.lostBy).toEqual({ queue: sent - seen.far.length })
    const came = truth.select({ leg: 'out' }).map(({ inNs }) => inNs)
    expect(Math.abs(summary.forwarded - carried(came, 20e6, 9))).toBeLessThanOrEqual(2)
    const wanted = pick(truth, []).map((packet) => packet.wantedDelayUs)
    expect(Math.max(...wanted)).toBeLessThanOrEqual(200_000)
    expect(Math.max(...wanted)).toBeGreaterThan(170_000)
  })

  scenario('is silent during an outage and only then', async (lab) => {
    await swallow(lab, 'dc1')
    const router = lab.router(LINK)
    await router.impair([])
    const running = measure(lab, undefined, { frames: 150 })
    // In the middle of it, however slowly it began.
    const begun = async () => (await router.counters()).out.forwarded
    await expect.poll(begun, PATIENCE).toBeGreaterThan(20)
    const fromMs = Date.now() + 800
    const untilMs = fromMs + 700
    await router.impair([{ when: { fromMs, untilMs }, outage: true }])
    const { truth } = await running
    const inside = truth.leg({ leg: 'out', fromMs, untilMs })
    const whole = truth.leg({ leg: 'out' })
    expect(inside).toMatchObject({ forwarded: 0, lostBy: { outage: inside.sent } })
    // Of 35; a busy machine sends some of them late.
    expect(inside.sent).toBeGreaterThan(15)
    expect(whole.lost).toBe(inside.lost)
    expect(whole.forwarded).toBeGreaterThan(0)
  })

  scenario('swallows or refuses packets that are too big', async (lab) => {
    const ping = (bytes: number, to: string, seconds = 20) =>
      lab.run(
        'site',
        ['ping', '-n', '-c', '1', '-W', `${seconds}`, '-M', 'do', '-s', `${bytes}`, to],
        {
          mayFail: true,
        },
      )
    const { ipv4, ipv6 } = lab.address('dc1')
    await lab.router(LINK).impair([{ mtu: { bytes: 1300 } }])
    expect((await ping(1272, ipv4)).code).toBe(0)
    const hole = await ping(1273, ipv4, 1)
    expect([hole.code, hole.stdout]).toEqual([1, expect.stringContaining('100% packet loss')])
    await lab.router(LINK).impair([{ mtu: { bytes: 1300, reply: true } }])
    expect((await ping(1400, ipv4)).stdout).toContain('mtu = 1300')
    expect((await ping(1400, ipv6)).stdout).toContain('mtu=1300')
    expect((await lab.router(LINK).counters()).out.mtu).toBe(3)
  })

  // Not before the lab around it stands, on a busy machine either.
  scenario('ends on its own time', { maxSeconds: 4 }, async (lab) => {
    const router = lab.router(LINK)
    await expect.poll(() => router.running, PATIENCE).toBe(false)
  })

  scenario('ends when its devices are gone', async (lab) => {
    const router = lab.router(LINK)
    lab.ip('r2', 'link delete r3')
    await expect.poll(() => router.running, PATIENCE).toBe(false)
  })
})

/**
 * How many of equal packets, which came at these instants, a link carries that needs `eachNs` for one and
 * lets `room` wait behind it. Told by its own arithmetic from when they came: a busy host sends late.
 */
function carried(cameNs: readonly number[], eachNs: number, room: number): number {
  const leaves: number[] = []
  for (const at of cameNs) {
    const waiting = leaves.filter((leaveNs) => leaveNs - eachNs > at).length
    if (waiting >= room) continue
    leaves.push(Math.max(at, leaves.at(-1) ?? 0) + eachNs)
  }
  return leaves.length
}

const PATIENCE = { timeout: 60_000 }

interface Run {
  readonly sent: number
  readonly ssrcs: readonly number[]
  readonly seen: {
    readonly near: readonly CapturedPacket[]
    readonly far: readonly CapturedPacket[]
  }
  readonly farFile: string
  readonly truth: Truth
}

/** Sends calls from the site to dc1 and answers what both ends and the router saw of them. */
async function measure(
  lab: Lab,
  rules: readonly Impairment[] | undefined,
  plan: Partial<RtpPlan> & { readonly frames: number },
): Promise<Run> {
  if (rules !== undefined) await lab.router(LINK).impair(rules)
  const calls = plan.calls ?? 1
  const firstSsrc = nextSsrc
  nextSsrc += calls
  const [near, far] = await Promise.all([
    lab.capture('site', 'r1', undefined, 'udp port 5004'),
    lab.capture('dc1', 'r3', undefined, 'udp port 5004'),
  ])
  const sent = await sendRtp(lab, 'site', { to: lab.address('dc1').ipv4, ...plan, firstSsrc })
  const truth = await settled(lab)
  const [nearFile, farFile] = await Promise.all([near.stop(), far.stop()])
  const base = truth.baseSeconds
  return {
    sent,
    farFile,
    truth,
    ssrcs: Array.from({ length: calls }, (_, call) => firstSsrc + call),
    seen: { near: await readPcap(nearFile, base), far: await readPcap(farFile, base) },
  }
}

/** The truth once nothing is held any more. */
async function settled(lab: Lab): Promise<Truth> {
  await expect.poll(async () => (await lab.router(LINK).counters()).waiting, PATIENCE).toBe(0)
  return await lab.router(LINK).truth()
}

/** Packets of some streams (none named: of all) on the way out, in order of arrival. */
function pick(truth: Truth, ssrcs: readonly number[]): PacketTruth[] {
  return truth
    .select({ leg: 'out' })
    .filter(({ rtp }) => ssrcs.length === 0 || ssrcs.includes(rtp!.ssrc))
}

/** The same words for a packet wherever it was seen. */
function identity(packet: CapturedPacket | PacketTruth): string {
  const { ssrc, sequence } = 'rtp' in packet ? packet.rtp! : packet
  return `${ssrc.toString(16)}/${sequence}`
}
