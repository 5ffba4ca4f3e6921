import { describe, expect, inject } from 'vitest'
import type { CapacityRun } from '../../agent/load/capacity.ts'
import type { QosObservation } from '../../shared/record/qos.ts'
import type { Finding, Judgement } from '../../shared/verdict/finding.ts'
import { eventually } from '../lab/command.ts'
import type { Impairment, Leg } from '../lab/router/impairment.ts'
import type { LegTruth } from '../lab/truth.ts'
import { addLine } from './report.ts'
import { sharedLab, type Told } from './shared-lab.ts'
import { addressOf, FAR_ENDS, LINK, VOIP_READY } from './story.ts'

const EF = 46
/** Two calls of each kind take 320 kbit/s, and the first load as much again. */
const BOTTLENECK = { kbitPerSecond: 500, queueBytes: 8000 }
/** Room for 25 calls marked EF, and for 16 ms of them to wait. */
const POLICER: Impairment = {
  ...{ leg: 'out', match: { dscp: EF, rtp: true } },
  rate: { kbitPerSecond: 25 * 80, queueBytes: 4000 },
}
const QOS = ['qos', '--calls', '2', '--step', '3s']

interface Run {
  readonly exit: number
  readonly document: Record<string, unknown> & { readonly judgement: Judgement }
  /** Milliseconds from start to end of the command. */
  readonly tookMs: number
  finding(leg: Leg): Finding
  truth(leg: Leg, dscp: number, from?: number, to?: number): LegTruth
}

/** Runs a load at the site towards the primary, and reads what the router did meanwhile. */
async function load(
  { lab, reflectors }: Told,
  argv: readonly string[],
  rules: readonly Impairment[],
): Promise<Run> {
  const router = lab.router(LINK)
  await router.impair(rules)
  const where = ['--primary', addressOf(lab, 'primary'), '--key', reflectors.key]
  const fromMs = Date.now()
  const ended = await lab.run('site', [...VOIP_READY, ...argv, ...where, '--json', '--yes'], {
    mayFail: true,
    timeoutMs: 90_000,
  })
  const tookMs = Date.now() - fromMs
  await eventually('an empty link', async () =>
    (await router.counters()).waiting === 0 ? true : undefined,
  )
  await router.impair([])
  const truth = await router.truth()
  if (!ended.stdout.startsWith('{')) throw new Error(`it ended ${ended.code}: ${ended.stderr}`)
  const document = JSON.parse(ended.stdout) as Run['document']
  return {
    ...{ exit: ended.code, document, tookMs },
    finding: (leg) => {
      const found = document.judgement.findings.find((one) => one.leg === leg)
      if (found === undefined) throw new Error(`no finding ${leg}`)
      return found
    },
    truth: (leg, dscp, from = fromMs, to = Date.now()) =>
      truth.leg({ leg, dscp, port: FAR_ENDS.primary.port, fromMs: from, untilMs: to }),
  }
}

/** In the words of a verdict where it is this host that ended it: then the story is told once more. */
const endOf = (ramp: CapacityRun['ramps'][number] | undefined) =>
  ramp?.ended === 'host' ? 'inconclusive host' : ramp?.ended

const word = ({ verdict, reason }: Finding) => `${verdict} ${reason}`

function note(scenario: string, truth: string, run: Run): void {
  const [out, back] = [run.finding('out'), run.finding('back')]
  addLine(inject('scenarioLines'), {
    ...{ scenario, truth, said: `${run.document.summary}` },
    verdict: `${out.id} out ${word(out)}, back ${word(back)}; exit ${run.exit}`,
  })
}

function lookOf({ document }: Run): QosObservation & { readonly loaded: object } {
  const [seen] = document.observations as QosObservation[]
  if (seen?.loaded == null) throw new Error('no load was offered')
  return { ...seen, loaded: seen.loaded }
}

const truthText = ({ lost, sent, delayMs }: LegTruth) =>
  `${lost} of ${sent} lost, p95 ${delayMs.p95.toFixed(1)} ms`

describe('load on purpose', () => {
  const story = sharedLab()

  story('a bottleneck that serves EF first: priority is proven on that leg alone', async (told) => {
    const rate = { ...BOTTLENECK, priorityDscp: EF }
    const run = await load(told, [...QOS, '--max-rate', '2M'], [{ leg: 'out', rate }])
    const { from, to } = (lookOf(run).loaded as QosObservation['before']).marked
    const [ef, rest] = [run.truth('out', EF, from, to), run.truth('out', 0, from, to)]
    note('bottleneck, EF first', `EF ${truthText(ef)}; rest ${truthText(rest)}`, run)
    expect(rest.lostBy.queue ?? 0).toBeGreaterThan(0)
    expect(ef.lost).toBe(0)
    expect(word(run.finding('out'))).toBe('pass priority-kept')
    expect(word(run.finding('back'))).toBe('inconclusive no-congestion')
    expect(run.exit).toBe(2)
    const { above, marked } = lookOf(run).loaded as QosObservation['before']
    expect(marked.legs.out.loss.lost).toBe(0)
    // The queue of best effort holds 128 ms; the figures are above a packet that met none.
    expect(above.out.plain?.p95).toBeGreaterThan(80)
    expect(Math.abs((above.out.plain?.p95 ?? 0) - rest.delayMs.p95)).toBeLessThan(20)
    expect(above.out.marked?.p95).toBeLessThan(20)
  })

  story('a bottleneck with one queue for all: no priority', async (told) => {
    const rules = [{ leg: 'out', rate: BOTTLENECK }] as const
    const run = await load(told, [...QOS, '--max-rate', '2M'], rules)
    const { from, to } = (lookOf(run).loaded as QosObservation['before']).marked
    const [ef, rest] = [run.truth('out', EF, from, to), run.truth('out', 0, from, to)]
    note('bottleneck, one queue', `EF ${truthText(ef)}; rest ${truthText(rest)}`, run)
    expect(ef.delayMs.p95).toBeGreaterThan(80)
    expect(word(run.finding('out'))).toBe('fail no-priority')
    expect(run.finding('out').advice).toContain('priority queue')
    expect(run.exit).toBe(1)
    expect(lookOf(run).ended).toBe('suffered')
  })

  story(
    'a bottleneck that the voice alone overfills: no load is offered, and it is said',
    async (told) => {
      const rate = { kbitPerSecond: 200, queueBytes: 4000 }
      const run = await load(told, [...QOS, '--max-rate', '2M'], [{ leg: 'out', rate }])
      const [ef, rest] = [run.truth('out', EF), run.truth('out', 0)]
      note('bottleneck, overfull', `EF ${truthText(ef)}; rest ${truthText(rest)}`, run)
      expect(ef.lostBy.queue ?? 0).toBeGreaterThan(0.1 * ef.sent)
      const [seen] = run.document.observations as QosObservation[]
      expect(seen).toMatchObject({ ended: 'voice-suffered', loaded: null, steps: [] })
      for (const leg of ['out', 'back'] as const) {
        expect(word(run.finding(leg))).toBe('inconclusive broken-before-load')
        expect(run.finding(leg).detail).toMatch(
          /^no load was offered: .*way out without load: VRN-\d fail, EF .* ms p95 .*, \d+ of \d+ lost, best effort/,
        )
      }
      expect(run.finding('out').advice).toContain('2 + 2 calls of this look')
      expect(run.exit).toBe(2)
    },
  )

  story('no bottleneck within what was allowed: it cannot be said', async (told) => {
    const run = await load(told, [...QOS, '--max-rate', '700k'], [])
    note('no bottleneck', truthText(run.truth('out', 0)), run)
    expect(run.truth('out', 0).lost).toBe(0)
    for (const leg of ['out', 'back'] as const) {
      expect(word(run.finding(leg))).toBe('inconclusive no-congestion')
      expect(run.finding(leg).detail).toContain('load 320 kbit/s each way')
    }
    expect(run.finding('out').advice).toContain('700 kbit/s')
    expect(run.exit).toBe(2)
  })

  story('a policer with room for 25 calls: 20 hold, 30 break, on that leg', async (told) => {
    const argv = ['capacity', '--calls', '40', '--ramp', '10/3s', '--abort-loss', '40%']
    const run = await load(told, argv, [POLICER])
    const [ramp] = (run.document as unknown as CapacityRun).ramps
    const { lost, sent } = run.truth('out', EF)
    note('policer for 25 calls', `${lost} of ${sent} dropped by it`, run)
    expect(endOf(ramp)).toBe('broke')
    expect(ramp).toMatchObject({ sustained: 20, rate: { ipKbit: 1600 } })
    expect(ramp?.out.broke?.calls).toBe(30)
    expect(ramp?.back).toMatchObject({ sustained: 30, broke: null })
    expect(word(run.finding('out'))).toBe('fail limits-not-held')
    expect(run.finding('out').detail).toMatch(/holds for 20 calls; breaks at 30: VRN-6 fail/)
    expect(run.exit).toBe(1)
  })

  story('too much missing ends a step long before its time', async (told) => {
    const argv = ['capacity', '--calls', '40', '--ramp', '40/30s', '--abort-loss', '5%']
    const run = await load(told, argv, [POLICER])
    const [ramp] = (run.document as unknown as CapacityRun).ramps
    const { lost, sent } = run.truth('out', EF)
    note('abort threshold', `${lost} of ${sent} dropped by the policer`, run)
    expect(endOf(ramp)).toBe('broke')
    expect(ramp).toMatchObject({ why: expect.stringContaining('stopped early') })
    // Thirty seconds of 40 calls would be 60000 packets.
    expect(sent).toBeLessThan(40_000)
    expect(run.exit).toBe(1)
  })
})
