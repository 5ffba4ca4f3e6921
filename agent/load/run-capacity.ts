import { EXIT } from '../../shared/errors.ts'
import type { Judgement } from '../../shared/verdict/finding.ts'
import {
  type Called,
  given,
  judgementAsCalled,
  loadShape,
  namingOf,
  secondsText,
} from '../check/again.ts'
import { readInput } from '../check/input.ts'
import type { Confirm } from '../cli/confirm.ts'
import type { LoadOptions } from '../cli/load-options.ts'
import type { Output } from '../cli/output.ts'
import { wrap } from '../cli/table.ts'
import type { ReadyFarEnd } from '../plan.ts'
import { startStreams } from '../stream/start.ts'
import { toolVersion } from '../version.ts'
import { type CapacityRun, rampNumbers, runCapacity, sustainedBy } from './capacity.ts'
import { linkRate, rateText } from './rates.ts'
import { renderCapacity } from './render-capacity.ts'
import {
  askedFarEnds,
  EXIT_OF,
  interruptible,
  judgeLoad,
  linesOfKind,
  loadInput,
  writeJunit,
} from './settle.ts'

export interface RampOption {
  /** Calls added from step to step. */
  readonly step: number
  readonly stepMs: number
}

/** What `capacity` was asked on the command line. */
export interface CapacityOptions extends LoadOptions {
  readonly calls: number
  readonly ramp: RampOption
  /** Share of packets, 0 to 1. */
  readonly abortLoss: number
}

const WIDTH = 100
/** From one step to the next: draining, receipts, a new session. */
const BETWEEN_STEPS_MS = 2000

/**
 * `voip-ready capacity`: offers more and more calls, says how many held and where it broke, and
 * judges VRN-7 by it. Where the site names no peak, the calls asked for are the peak. Returns the
 * exit code.
 */
export async function runCapacityCommand(
  options: CapacityOptions,
  output: Output,
  confirm: Confirm,
): Promise<number> {
  const read = await readInput(options)
  const site = { ...read.site, peakCalls: read.site.peakCalls ?? options.calls }
  const input = { ...read, site }
  const farEnds = await askedFarEnds(input, options)
  const load = loadInput(input, farEnds, options)
  const codec = options.codec ?? load.profile.media.codec
  await confirm(warningOf(options, farEnds, codec))
  const ask = { calls: options.calls, ...options.ramp, abortLoss: options.abortLoss }
  const caps = { maxCalls: options.calls, maxKbitPerSecond: options.maxRate }
  const run = await interruptible(
    output,
    (signal, progress) => runCapacity(load, ask, caps, { startStreams, signal, progress }),
    options.json,
  )
  const lines = linesOfKind(input, 'bandwidth')
  const judged = judgeLoad(input, lines, run.observations, farEnds, run.interrupted)
  const judgement = judgementAsCalled(judged, calledWith(options, site.peakCalls))
  writeJunit(options.junit, judgement)
  const exit = exitOf(run, judgement)
  const document = documentOf(input.site.site, exit, run, judgement)
  const page = { site: site.site, peak: read.site.peakCalls, run, judgement }
  output.out(
    options.json === true ? `${JSON.stringify(document)}\n` : renderCapacity(page, output.paint),
  )
  return exit
}

/** The same steps again; none shorter than is usual, for that may be what did not decide. */
function calledWith(options: CapacityOptions, peak: number | undefined): Called {
  const { step, stepMs } = options.ramp
  const ramp = given('--ramp', `${step}/${secondsText(Math.max(stepMs, 10_000))}`, '10/10s')
  const capacity = [...ramp, ...loadShape(options, { maxRate: 200_000, abortLoss: 0.03 })]
  return { named: namingOf(options), shape: { capacity }, peak }
}

function warningOf(
  { calls, ramp, abortLoss }: CapacityOptions,
  farEnds: readonly ReadyFarEnd[],
  codec: 'g711' | 'g729',
): string {
  const steps = rampNumbers({ calls, step: ramp.step }).length
  const seconds = (steps * farEnds.length * (ramp.stepMs + BETWEEN_STEPS_MS)) / 1000
  const to = farEnds.map(({ farEnd, address }) => `${farEnd} ${address}`).join(', then ')
  const { ipKbit, ethernetKbit } = linkRate(calls, codec, farEnds[0]?.address ?? '')
  const text =
    `This makes load: up to ${calls} calls ${codec}, ${rateText(ipKbit)} each way as IP packets ` +
    `(${rateText(ethernetKbit)} with Ethernet), in ${steps === 1 ? '1 step' : `${steps} steps`} of ${ramp.stepMs / 1000} s to ${to}; ` +
    `about ${Math.ceil(seconds / 60)} min in all. Calls and data on the same links can suffer ` +
    'meanwhile: choose a quiet hour. It ends by itself when a limit breaks or ' +
    `${100 * abortLoss} % of the packets are missing; Ctrl-C ends it at once.`
  return wrap(text, WIDTH).join('\n')
}

function exitOf({ ramps }: CapacityRun, { overall }: Judgement): number {
  const unheard = ramps.every(({ ended, steps }) => ended === 'unanswered' && steps.length <= 1)
  return unheard && ramps.length > 0 ? EXIT.environment : EXIT_OF[overall]
}

function documentOf(site: string, exit: number, run: CapacityRun, judgement: Judgement) {
  const ramps = run.ramps.map(({ steps, evidence: _none, ...ramp }) => {
    const sustained = sustainedBy(ramp)
    const codec = steps[0]?.codec ?? 'g711'
    return {
      ...ramp,
      sustained,
      rate: sustained === null ? null : linkRate(sustained, codec, ramp.address),
      offered: steps.map(({ calls, from, to, instrument }) => ({
        ...{ calls, from, to, instrument },
        rate: linkRate(calls, codec, ramp.address),
      })),
    }
  })
  const tool = { name: 'voip-ready', version: toolVersion() }
  return {
    ...{ format: 'voip-ready/capacity/1', tool, site, exit, summary: run.summary },
    ...{ ramps, judgement, observations: run.observations },
  }
}
