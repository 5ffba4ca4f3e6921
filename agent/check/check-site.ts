import type { CheckResult } from '../../config/check-result.ts'
import { EXIT } from '../../shared/errors.ts'
import { measureLimitsOf } from '../../shared/profile/limits.ts'
import type { FarEndName } from '../../shared/profile/site.ts'
import type { Observation } from '../../shared/record/kinds.ts'
import type { StreamEvidence } from '../../shared/record/receipt.ts'
import { periodOf, wasHeard } from '../../shared/verdict/coverage.ts'
import type { Judgement, Overall } from '../../shared/verdict/finding.ts'
import { judge } from '../../shared/verdict/judge.ts'
import { farEndsAtHand, type LackingFarEnd, readyFarEnds, readySegments } from '../far-ends.ts'
import { planStreams, type ReadyFarEnd, type ReadySegment } from '../plan.ts'
import type { ProbePlan } from '../probes/plan.ts'
import { evidenceOf } from '../run/evidence.ts'
import { observe } from '../run/observe.ts'
import { startStreams } from '../stream/start.ts'
import type { StreamPlan } from '../stream/types.ts'
import { toolVersion } from '../version.ts'
import type { RunInput } from './input.ts'
import type { Watch } from './watch.ts'
import { runWhole, type WholeRun } from './whole-run.ts'

/** One look at a site: at what, how long, and who watches it. */
export interface SiteCheck {
  readonly input: RunInput
  readonly plan: ProbePlan
  readonly voice: {
    readonly engine: StreamPlan['engine']
    readonly calls: number
    /** Milliseconds. */
    readonly durationMs: number
    readonly codec?: 'g711' | 'g729'
  }
  /** Lines to judge; absent: all. */
  readonly only?: readonly string[]
  /** This far end alone; absent: all of the site. */
  readonly farEnd?: FarEndName
  /** Few packets a second besides voice. */
  readonly gentle?: boolean
  /** Reflectors are asked to sign what they received. */
  readonly signed?: boolean
  /** Called when the looking begins; its `end` when it is over. */
  readonly watch: () => Watch
  /** A probe ended by a defect of its own. */
  readonly onDefect: (probe: string, error: unknown) => void
}

/**
 * Looks, and judges what was seen: the one way of a check, whoever asks for it.
 * @throws Fault CONFIG_VALUE, UNREACHABLE where a far end is not ready, ENGINE where the instrument fails
 */
export async function checkSite(check: SiteCheck): Promise<CheckResult> {
  return (await checkSigned(check)).result
}

/** {@link checkSite}, with what reflectors signed of its streams. */
export async function checkSigned(
  check: SiteCheck,
): Promise<{ readonly result: CheckResult; readonly evidence: readonly StreamEvidence[] }> {
  const { plan, input } = check
  const { site, keys, where } = input
  const { ready, lacking } = plan.media
    ? { ready: await readyFarEnds(site, keys, where), lacking: [] }
    : await farEndsAtHand(site, keys, where)
  const wanted = ({ farEnd }: { readonly farEnd: FarEndName }) =>
    check.farEnd === undefined || check.farEnd === farEnd
  const farEnds = ready.filter(wanted)
  const segments = plan.media ? await readySegments(site, input.segmentKeys, where) : []
  const run = await look(check, farEnds, segments.filter(wanted))
  const evidence = run.windows.map((window) => evidenceOf(window, null))
  const leftOut = goesToFarEnds(plan) ? lacking.filter(wanted) : []
  return { result: named(resultOf(check, farEnds, run), leftOut), evidence }
}

const TO_FAR_ENDS: ReadonlySet<string> = new Set(['ports', 'path', 'sip-alg'])

function goesToFarEnds({ beside, alone }: ProbePlan): boolean {
  return [...beside.flat(), ...alone].some(({ name }) => TO_FAR_ENDS.has(name))
}

/** With the far ends that were left out, and with them in the findings that nobody looked for. */
function named(result: CheckResult, leftOut: readonly LackingFarEnd[]): CheckResult {
  if (leftOut.length === 0) return result
  const why = new Map<string, string>(leftOut.map((one) => [one.farEnd, one.why]))
  const findings = result.judgement.findings.map((found) => {
    const lack = found.reason === 'probe-not-run' ? why.get(found.farEnd) : undefined
    return lack === undefined ? found : { ...found, detail: `left out: ${lack}` }
  })
  return {
    ...result,
    leftOut: leftOut.map((one) => ({ ...one })),
    judgement: { ...result.judgement, findings },
  }
}

async function look(
  check: SiteCheck,
  farEnds: readonly ReadyFarEnd[],
  segments: readonly ReadySegment[],
): Promise<WholeRun> {
  const { plan, input, gentle, onDefect } = check
  const watch = check.watch()
  const session = { startStreams, onEvent: watch.onEvent, stop: watch.stopMedia }
  const { profile, site } = { profile: input.profile.profile, site: input.site }
  try {
    return await runWhole({
      ...{ plan, onDefect, stop: watch.stop, progress: watch.onProbe },
      streams: plan.media ? { plan: streamsOfRun(check, farEnds, segments), session } : null,
      context: {
        ...{ profile, site, farEnds, nowMs: Date.now },
        ...(plan.only === undefined ? {} : { only: plan.only }),
        ...(gentle === true ? { gentle: true } : {}),
      },
    })
  } finally {
    watch.end()
  }
}

function streamsOfRun(
  { input, voice, signed = false }: SiteCheck,
  farEnds: readonly ReadyFarEnd[],
  segments: readonly ReadySegment[],
): StreamPlan {
  const { localAddress } = input.site
  const plan = planStreams(input.profile.profile, farEnds, {
    ...{ windows: 'run', segments, ...voice },
    ...(localAddress === undefined ? {} : { localAddress }),
  })
  return { ...plan, signed }
}

function resultOf(
  { input, only }: SiteCheck,
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
  const judgement = judgeRun(input, observations, only, period)
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

/** Judges this much; nothing at all finds a wrong line before the run. */
export function judgeRun(
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
