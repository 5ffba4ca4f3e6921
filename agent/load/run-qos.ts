import { EXIT } from '../../shared/errors.ts'
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
import { loadSteps, type QosAsk, runQos } from './qos.ts'
import { linkRate, rateText } from './rates.ts'
import { renderQos } from './render-qos.ts'
import {
  askedFarEnds,
  EXIT_OF,
  interruptible,
  judgeLoad,
  linesOfKind,
  loadInput,
  writeJunit,
} from './settle.ts'
import type { LoadCaps, LoadInput } from './types.ts'

/** What `qos` was asked on the command line. */
export interface QosOptions extends LoadOptions {
  readonly calls: number
  /** Milliseconds. */
  readonly step: number
  /** Share of packets, 0 to 1. */
  readonly abortLoss: number
}

const WIDTH = 100
/** Opening, the head start, draining and receipts of a step. */
const BESIDE_STEP_MS = 3000

/**
 * `voip-ready qos`: whether marked voice goes before best effort when a link is full, and VRN-1 judged
 * by it. Returns the exit code.
 */
export async function runQosCommand(
  options: QosOptions,
  output: Output,
  confirm: Confirm,
): Promise<number> {
  const input = await readInput(options)
  const farEnds = await askedFarEnds(input, options)
  const load = loadInput(input, farEnds, options)
  const caps = { maxKbitPerSecond: options.maxRate }
  const ask = { calls: options.calls, stepMs: options.step, abortLoss: options.abortLoss }
  await confirm(warningOf(ask, load, caps))
  const run = await interruptible(
    output,
    (signal, progress) => runQos(load, ask, caps, { startStreams, signal, progress }),
    options.json,
  )
  const lines = linesOfKind(input, 'qos')
  const judged = judgeLoad(input, lines, run.observations, farEnds, run.interrupted)
  const judgement = judgementAsCalled(judged, calledWith(options))
  writeJunit(options.junit, judgement)
  const unheard = run.observations.every(({ ended }) => ended === 'unanswered')
  const exit = unheard ? EXIT.environment : EXIT_OF[judgement.overall]
  const tool = { name: 'voip-ready', version: toolVersion() }
  const document = {
    ...{ format: 'voip-ready/qos/1', tool, site: input.site.site, exit, summary: run.summary },
    ...{ judgement, observations: run.observations },
  }
  output.out(
    options.json === true
      ? `${JSON.stringify(document)}\n`
      : renderQos({ site: input.site.site, run, judgement }, output.paint),
  )
  return exit
}

function calledWith(options: QosOptions): Called {
  const { calls, step } = options
  const look = [...given('--calls', calls, 5), ...given('--step', secondsText(step), '5s')]
  const qos = [...look, ...loadShape(options, { maxRate: 10_000, abortLoss: 0.1 })]
  return { named: namingOf(options), shape: { qos } }
}

function warningOf(ask: QosAsk, load: LoadInput, caps: Pick<LoadCaps, 'maxKbitPerSecond'>): string {
  const { codec = load.profile.media.codec, farEnds } = load
  const perCall = linkRate(1, codec, farEnds[0]?.address ?? '').ipKbit
  const steps = loadSteps(ask, caps, perCall).length + 1
  const seconds = (steps * farEnds.length * (ask.stepMs + BESIDE_STEP_MS)) / 1000
  const text =
    `This makes load: ${ask.calls} marked and ${ask.calls} unmarked calls, and best-effort ` +
    `packets beside them that double until best effort suffers, ${rateText(caps.maxKbitPerSecond)} ` +
    `each way at the most, in up to ${steps} steps of ${ask.stepMs / 1000} s to ${whereText(farEnds)}; ` +
    `up to ${Math.ceil(seconds / 60)} min in all. It fills the slowest link on purpose: calls and data ` +
    'there suffer meanwhile, so choose a quiet hour. Ctrl-C ends it at once.'
  return wrap(text, WIDTH).join('\n')
}

function whereText(farEnds: readonly ReadyFarEnd[]): string {
  return farEnds.map(({ farEnd, address }) => `${farEnd} ${address}`).join(', then ')
}
