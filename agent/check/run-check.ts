import { writeFileSync } from 'node:fs'
import type { CheckResult } from '../../config/check-result.ts'
import { Fault } from '../../shared/errors.ts'
import { linesForSite, type SiteLine } from '../../shared/profile/lines.ts'
import { type LineRead, linesRead } from '../../shared/shown/line-read.ts'
import type { Judgement } from '../../shared/verdict/finding.ts'
import type { HostAndPort } from '../cli/arguments.ts'
import type { Output } from '../cli/output.ts'
import type { RecordOptions } from '../cli/record-options.ts'
import { type ProbePlan, planProbes } from '../probes/plan.ts'
import { PROBES } from '../probes/table.ts'
import {
  type Called,
  given,
  judgementAsCalled,
  namingOf,
  secondsText,
  voiceShape,
} from './again.ts'
import { checkSite, judgeRun } from './check-site.ts'
import { type RunInput, readInput } from './input.ts'
import { renderJunit } from './junit.ts'
import { refuseNothing, tellLeftOut } from './left-out.ts'
import { lineWords } from './line-words.ts'
import { renderNagios } from './nagios.ts'
import { renderCheck } from './render.ts'
import { watchRun } from './watch.ts'

/** What `check` was asked on the command line. */
export interface CheckOptions extends RecordOptions {
  readonly site?: string
  readonly primary?: HostAndPort
  readonly secondary?: HostAndPort
  readonly key?: string
  readonly profile?: string
  /** Milliseconds. */
  readonly duration: number
  readonly codec?: 'g711' | 'g729'
  readonly calls: number
  readonly only?: readonly string[]
  /** False with --no-media. */
  readonly media: boolean
  readonly mediaOnly?: boolean
  readonly gentle?: boolean
  readonly engine: 'auto' | 'linux' | 'dgram'
  readonly junit?: string
  readonly nagios?: boolean
  readonly all?: boolean
  readonly json?: boolean
}

/**
 * `voip-ready check`: looks at every line of the profile that is wanted, for every far end of the
 * site, judges what was seen, and prints it. Returns the exit code.
 */
export async function runCheck(options: CheckOptions, output: Output): Promise<number> {
  const input = await readInput(options)
  // Judging nothing finds a wrong --only now and not after the run.
  judgeRun(input, [], options.only, { from: 0, to: 0 })
  const { codec, calls, engine, duration: durationMs } = options
  const lines = linesForSite(input.profile.profile, input.site)
  refuseNothing(options, lines)
  const plan = await planOf(options, input, lines)
  const result = await checkSite({
    ...{ input, plan, voice: { engine, calls, durationMs, ...(codec && { codec }) } },
    ...(options.only === undefined ? {} : { only: options.only }),
    ...(options.gentle === true ? { gentle: true } : {}),
    watch: () => watchRun(plan.media ? durationMs : 0, output),
    onDefect: (probe, error) => output.err(`probe ${probe} failed: ${(error as Error).message}\n`),
  })
  return printCheck(tellLeftOut(result, options, lines), input, options, output)
}

/** Prints a check as it was asked to be. Returns the exit code. */
export function printCheck(
  result: CheckResult,
  input: RunInput,
  options: CheckOptions,
  output: Output,
): number {
  const called = calledWith(options, input.site.peakCalls)
  const judgement = judgementAsCalled(result.judgement, called)
  const lines = linesRead(input.profile.profile, input.site, judgement.findings)
  if (options.junit !== undefined) writeJunit(options.junit, judgement, lines)
  if (options.nagios === true) {
    const { line, exit } = renderNagios(result.judgement)
    output.out(`${line}\n`)
    return exit
  }
  output.out(
    options.json === true
      ? `${JSON.stringify({ ...result, judgement, lines })}\n`
      : renderCheck(result, {
          words: lineWords(input.profile.profile, input.site),
          ...{ paint: output.paint, all: options.all === true },
          called,
        }),
  )
  return result.exit
}

/** What is looked at again is looked at alike: a fault that shows with three calls may not with one. */
function calledWith(options: CheckOptions, peak: number | undefined): Called {
  const { calls, duration, gentle } = options
  const voice = voiceShape(options)
  const check = [
    ...given('--duration', secondsText(duration), '60s'),
    ...given('--calls', calls, 1),
    ...voice,
    ...(gentle === true ? ['--gentle'] : []),
  ]
  return { named: namingOf(options), shape: { check, capacity: voice, qos: voice }, peak }
}

async function planOf(
  options: CheckOptions,
  input: RunInput,
  lines: readonly SiteLine[],
): Promise<ProbePlan> {
  const probes = await Promise.all(PROBES.map((open) => open()))
  return planProbes(probes, lines, {
    site: input.site,
    media: options.mediaOnly === true ? 'alone' : options.media ? 'with' : 'without',
    ...(options.only === undefined ? {} : { only: new Set(options.only) }),
  })
}

function writeJunit(file: string, judgement: Judgement, lines: readonly LineRead[]): void {
  try {
    writeFileSync(file, renderJunit(judgement, lines))
  } catch (error) {
    throw new Fault(
      'STORE',
      `--junit ${file}`,
      'a file that can be written',
      (error as Error).message,
    )
  }
}
