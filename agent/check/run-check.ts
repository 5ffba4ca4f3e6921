import { writeFileSync } from 'node:fs'
import type { CheckResult } from '../../config/check-result.ts'
import { EXIT, Fault } from '../../shared/errors.ts'
import type { Observation } from '../../shared/record/kinds.ts'
import { periodOf, wasHeard } from '../../shared/verdict/coverage.ts'
import type { Judgement, Overall } from '../../shared/verdict/finding.ts'
import { judge } from '../../shared/verdict/judge.ts'
import type { CheckOptions } from '../cli/check.ts'
import type { Output } from '../cli/output.ts'
import { readyFarEnds } from '../far-ends.ts'
import { planStreams, type ReadyFarEnd } from '../plan.ts'
import { measureLimitsOf, observe } from '../run/observe.ts'
import { startStreams } from '../stream/start.ts'
import { toolVersion } from '../version.ts'
import { type RunInput, readInput } from './input.ts'
import { renderJunit } from './junit.ts'
import { renderNagios } from './nagios.ts'
import { renderCheck } from './render.ts'
import { type FinishedRun, runStreams } from './session.ts'
import { watchRun } from './watch.ts'

/**
 * `voip-ready check`: measures every far end of the site at once, judges what was seen by the
 * profile, and prints it. Returns the exit code.
 */
export async function runCheck(options: CheckOptions, output: Output): Promise<number> {
  const input = await readInput(options)
  // Judging nothing finds a wrong --only now and not after the run.
  judgeRun(input, [], options.only, { from: 0, to: 0 })
  const farEnds = await readyFarEnds(input.site, input.keys, input.where)
  const run = await measure(options, input, farEnds, output)
  const result = resultOf(options, input, farEnds, run)
  if (options.junit !== undefined) writeJunit(options.junit, result.judgement)
  if (options.nagios === true) {
    const { line, exit } = renderNagios(result.judgement)
    output.out(`${line}\n`)
    return exit
  }
  output.out(
    options.json === true
      ? `${JSON.stringify(result)}\n`
      : renderCheck(result, output.paint, options.all === true),
  )
  return result.exit
}

async function measure(
  options: CheckOptions,
  input: RunInput,
  farEnds: readonly ReadyFarEnd[],
  output: Output,
): Promise<FinishedRun> {
  const { codec, calls, engine, duration } = options
  const { localAddress } = input.site
  const plan = planStreams(input.profile.profile, farEnds, {
    ...{ engine, windows: 'run', durationMs: duration, calls },
    ...(codec === undefined ? {} : { codec }),
    ...(localAddress === undefined ? {} : { localAddress }),
  })
  const watch = watchRun(duration, output)
  try {
    return await runStreams(plan, { startStreams, onEvent: watch.onEvent, stop: watch.stop })
  } finally {
    watch.end()
  }
}

function resultOf(
  options: CheckOptions,
  input: RunInput,
  farEnds: readonly ReadyFarEnd[],
  run: FinishedRun,
): CheckResult {
  const limits = measureLimitsOf(input.profile.profile)
  const pathOf = (name: string) => farEnds.find((one) => one.farEnd === name)?.path ?? 'MPLS'
  const observations = run.windows
    .map((window) => observe(window, limits, pathOf(window.target.farEnd)))
    .sort((a, b) => a.farEnd.localeCompare(b.farEnd))
  const now = Date.now()
  const period = periodOf(observations) ?? { from: now, to: now }
  const judgement = judgeRun(input, observations, options.only, period)
  return {
    format: 'voip-ready/check/1',
    tool: { name: 'voip-ready', version: toolVersion() },
    site: input.site.site,
    stoppedEarly: run.stoppedEarly,
    exit: observations.some(wasHeard) ? EXIT_OF[judgement.overall] : EXIT.environment,
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
