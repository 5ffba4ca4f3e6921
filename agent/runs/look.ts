import { linesForSite } from '../../shared/profile/lines.ts'
import { checkSigned } from '../check/check-site.ts'
import { watchUntil } from '../check/watch.ts'
import { linesOfKind } from '../load/settle.ts'
import { type ProbePlan, planProbes } from '../probes/plan.ts'
import { PROBES } from '../probes/table.ts'
import type { Probe } from '../probes/types.ts'
import type { RunExecutor, RunFindings, RunWork } from './executor.ts'
import { isKept } from './run-records.ts'

/** Voice of a run that names no length. */
const USUAL_SECONDS = 60
/** Enough packets to say what became of the mark; hops are asked meanwhile. */
const PATH_SECONDS = 10
const TELL_EVERY_MS = 2000
/** Kinds of lines that voice streams alone decide. */
export const VOICE = ['one-way-delay', 'jitter', 'segment-loss', 'marking'] as const

/** Everything that a check looks at. Besides voice gently: the site is in use. */
export const runCheck: RunExecutor = async (work) => {
  const plan = await probesFor(work, 'with', work.ask.lines)
  return look(work, plan, work.ask.lines)
}

/** The rows of the port tables, a few packets a second, and no voice. */
export const runPorts: RunExecutor = async (work) => {
  const lines = work.ask.lines ?? linesOfKind(work.input, 'ports')
  return look(work, await probesFor(work, 'without', lines), lines)
}

/** Voice alone; held against the bandwidth line too where a number of calls was named. */
export const runMedia: RunExecutor = async (work) => {
  const kinds = work.ask.calls === undefined ? VOICE : [...VOICE, 'bandwidth' as const]
  const lines = work.ask.lines ?? kinds.flatMap((kind) => linesOfKind(work.input, kind))
  return look(work, await probesFor(work, 'alone', lines), lines)
}

/** The way hop by hop, and beside it one call for as long as it takes to judge the mark. */
export const runPath: RunExecutor = async (work) => {
  const lines = work.ask.lines ?? linesOfKind(work.input, 'marking')
  const among = (probe: Probe) => probe.name === 'path' || probe.name === 'sip-alg'
  const probes = (await allProbes()).filter(among)
  const plan = { media: true, beside: [probes], alone: [] }
  return look({ ...work, calls: 1 }, plan, lines, PATH_SECONDS)
}

async function look(
  { input, ask, engine, codec, calls, stop, tell }: RunWork,
  plan: ProbePlan,
  only: readonly string[] | undefined,
  usualSeconds = USUAL_SECONDS,
): Promise<RunFindings> {
  const durationMs = (ask.seconds ?? usualSeconds) * 1000
  const showing = { durationMs: plan.media ? durationMs : 0, everyMs: TELL_EVERY_MS, show: tell }
  const { result, evidence } = await checkSigned({
    ...{ input, plan, gentle: true, signed: isKept(ask.kind) },
    voice: { engine, durationMs, calls: Math.max(1, calls), ...(codec && { codec }) },
    ...(only === undefined ? {} : { only }),
    ...(ask.farEnd === undefined ? {} : { farEnd: ask.farEnd }),
    watch: () => watchUntil(stop, showing),
    onDefect: (probe, error) => tell(`probe ${probe} failed: ${(error as Error).message}`),
  })
  const { judgement, observations, stoppedEarly } = result
  return { judgement, observations, stoppedEarly, evidence, check: result }
}

async function probesFor(
  { input }: RunWork,
  media: 'with' | 'without' | 'alone',
  lines: readonly string[] | undefined,
): Promise<ProbePlan> {
  return planProbes(await allProbes(), linesForSite(input.profile.profile, input.site), {
    ...{ site: input.site, media },
    ...(lines === undefined ? {} : { only: new Set(lines) }),
  })
}

function allProbes(): Promise<Probe[]> {
  return Promise.all(PROBES.map((open) => open()))
}
