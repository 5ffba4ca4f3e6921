import { writeFileSync } from 'node:fs'
import type { CheckResult } from '../../config/check-result.ts'
import { EXIT, Fault } from '../../shared/errors.ts'
import { linesForSite } from '../../shared/profile/lines.ts'
import type { Observation } from '../../shared/record/kinds.ts'
import { periodOf, wasHeard } from '../../shared/verdict/coverage.ts'
import type { Judgement, Overall } from '../../shared/verdict/finding.ts'
import { judge } from '../../shared/verdict/judge.ts'
import type { CheckOptions } from '../cli/check.ts'
import type { Output } from '../cli/output.ts'
import { farEndsAtHand, readyFarEnds, readySegments } from '../far-ends.ts'
import { planStreams, type ReadyFarEnd, type ReadySegment } from '../plan.ts'
import { type ProbePlan, planProbes } from '../probes/plan.ts'
import { PROBES } from '../probes/table.ts'
import { measureLimitsOf, observe } from '../run/observe.ts'
import { startStreams } from '../stream/start.ts'
import type { StreamPlan } from '../stream/types.ts'
import { toolVersion } from '../version.ts'
import { type RunInput, readInput } from './input.ts'
import { renderJunit } from './junit.ts'
import { lineWords } from './line-words.ts'
import { renderNagios } from './nagios.ts'
import { renderCheck } from './render.ts'
import { watchRun } from './watch.ts'
import { runWhole, type WholeRun } from './whole-run.ts'

/**
 * `voip-ready check`: looks at every line of the profile that is wanted, for every far end of the
 * site, judges what was seen, and prints it. Returns the exit code.
 */
export async function runCheck(options: CheckOptions, output: Output): Promise<number> {
  const input = await readInput(options)
  // Judging nothing finds a wrong --only now and not after the run.
  judgeRun(input, [], options.only, { from: 0, to: 0 })
  const plan = await planOf(options, input)
  const { site, keys, where } = input
  const farEnds = await (plan.media ? readyFarEnds : farEndsAtHand)(site, keys, where)
  const segments = plan.media ? await readySegments(site, input.segmentKeys, where) : []
  const run = await look(options, input, { plan, farEnds, segments }, output)
  const result = resultOf(options, input, farEnds, run)
  if (options.junit !== undefined) writeJunit(options.junit, result.judgement)
  if (options.nagios === true) {
    const { line, exit } = renderNagios(result.judgement)
    output.out(`${line}\n`)
    return exit
  }
  const lines = lineWords(input.profile.profile, input.site)
  output.out(
    options.json === true
      ? `${JSON.stringify(result)}\n`
      : renderCheck(result, lines, output.paint, options.all === true),
  )
  return result.exit
}

async function planOf(options: CheckOptions, input: RunInput): Promise<ProbePlan> {
  if (options.mediaOnly === true && !options.media) {
    throw new Fault('USAGE', 'arguments', '--media-only or --no-media', 'both', 'leave one out')
  }
  const probes = await Promise.all(PROBES.map((open) => open()))
  return planProbes(probes, linesForSite(input.profile.profile, input.site), {
    site: input.site,
    media: options.mediaOnly === true ? 'alone' : options.media ? 'with' : 'without',
    ...(options.only === undefined ? {} : { only: new Set(options.only) }),
  })
}

interface Looking {
  readonly plan: ProbePlan
  readonly farEnds: readonly ReadyFarEnd[]
  readonly segments: readonly ReadySegment[]
}

async function look(
  options: CheckOptions,
  input: RunInput,
  { plan, farEnds, segments }: Looking,
  output: Output,
): Promise<WholeRun> {
  const watch = watchRun(plan.media ? options.duration : 0, output)
  const session = { startStreams, onEvent: watch.onEvent, stop: watch.stopMedia }
  const { profile, site } = { profile: input.profile.profile, site: input.site }
  try {
    return await runWhole({
      plan,
      streams: plan.media
        ? { plan: streamsOfRun(options, input, farEnds, segments), session }
        : null,
      stop: watch.stop,
      progress: watch.onProbe,
      onDefect: (probe, error) =>
        output.err(`probe ${probe} failed: ${(error as Error).message}\n`),
      context: {
        ...{ profile, site, farEnds, nowMs: Date.now },
        ...(plan.only === undefined ? {} : { only: plan.only }),
        ...(options.gentle === true ? { gentle: true } : {}),
      },
    })
  } finally {
    watch.end()
  }
}

function streamsOfRun(
  { codec, calls, engine, duration }: CheckOptions,
  input: RunInput,
  farEnds: readonly ReadyFarEnd[],
  segments: readonly ReadySegment[],
): StreamPlan {
  const { localAddress } = input.site
  return planStreams(input.profile.profile, farEnds, {
    ...{ engine, windows: 'run', durationMs: duration, calls, segments },
    ...(codec === undefined ? {} : { codec }),
    ...(localAddress === undefined ? {} : { localAddress }),
  })
}

function resultOf(
  options: CheckOptions,
  input: RunInput,
  farEnds: readonly ReadyFarEnd[],
  run: WholeRun,
): CheckResult {
  const limits = measureLimitsOf(input.profile.profile)
  const pathOf = (name: string) => farEnds.find((one) => one.farEnd === name)?.path ?? 'MPLS'
  const streams = run.windows
    .map((window) => observe(window, limits, pathOf(window.target.farEnd)))
    .sort((a, b) => a.farEnd.localeCompare(b.farEnd))
  const observations = [...streams, ...run.probed]
  const now = Date.now()
  // A pass of the streams claims the whole time judged, so theirs alone counts where there is any.
  const period = periodOf(streams) ?? periodOf(run.probed) ?? { from: now, to: now }
  const judgement = judgeRun(input, observations, options.only, period)
  const unheard = run.farEnds.length > 0 && !streams.some(wasHeard)
  return {
    format: 'voip-ready/check/1',
    tool: { name: 'voip-ready', version: toolVersion() },
    site: input.site.site,
    stoppedEarly: run.stoppedEarly,
    exit: unheard ? EXIT.environment : EXIT_OF[judgement.overall],
    capabilities: run.capabilities,
    farEnds: run.farEnds.map((farEnd) => ({ ...farEnd })),
    judgement,
    observations,
  }
}

const EXIT_OF: { readonly [O in Overall]: number } = {
  READY: EXIT.pass,
  'NOT READY': EXIT.fail,
  'CANNOT SAY': EXIT.inconclusive,
}

function judgeRun(
  input: RunInput,
  observations: readonly Observation[],
  only: readonly string[] | undefined,
  period: { readonly from: number; readonly to: number },
): Judgement {
  const { profile, sha256 } = input.profile
  return judge({
    ...{ profile, sha256, site: input.site, observations, from: period.from, to: period.to },
    ...(only === undefined ? {} : { onlyLines: only }),
  })
}

function writeJunit(file: string, judgement: Judgement): void {
  try {
    writeFileSync(file, renderJunit(judgement))
  } catch (error) {
    throw new Fault(
      'STORE',
      `--junit ${file}`,
      'a file that can be written',
      (error as Error).message,
    )
  }
}
