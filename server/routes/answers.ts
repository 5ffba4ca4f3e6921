import { SILENT_AFTER_MS } from '../../shared/clock.ts'
import { asAsked, askedAtCollector } from '../../shared/plan/asked-again.ts'
import { linesRead } from '../../shared/shown/line-read.ts'
import type { Finding, Overall } from '../../shared/verdict/finding.ts'
import { REASONS } from '../../shared/verdict/reasons.ts'
import { validUntil } from '../../shared/verdict/rounds.ts'
import type { Absence, AbsentSite } from '../absent.ts'
import { isSilent, type LiveSite } from '../ingest/live.ts'
import type { Judged, Judging } from '../judging/judging.ts'
import type { PlanDesk } from '../plans/plan-desk.ts'
import type { Heartbeat, Heartbeats } from '../runs/heartbeats.ts'

/** Domain values as the API shows them: instants in RFC 3339, reasons with their meaning. */
export const instant = (ms: number): string => new Date(ms).toISOString()

interface Means {
  readonly judging: Judging
  readonly heartbeats: Heartbeats
  readonly absence: Absence
  readonly plans: Pick<PlanDesk, 'maintainedUntil'>
  readonly nowMs: () => number
}

/** One site as lists have it. */
export function siteSummary(site: LiveSite, means: Means) {
  return summaryOf(site, means, means.judging.overallLast(site))
}

/** ... as far as it is known without judging: what has not been judged is CANNOT SAY, and says so. */
export function siteSummaryKnown(site: LiveSite, means: Means) {
  const known = means.judging.known(site)
  return { ...summaryOf(site, means, known ?? 'CANNOT SAY'), judged: known !== null }
}

/**
 * Why nothing can be said of a site now; null: it can, or its newest minute itself says why not. Minutes of a
 * longer silence come with nothing in them: what stands in them fails where it fails.
 * @param last what the newest minute came to
 */
export function causeOf(
  site: Pick<LiveSite, 'site' | 'newest'>,
  { heartbeats, nowMs }: Pick<Means, 'heartbeats' | 'nowMs'>,
  last: Overall,
) {
  if (heartbeats.outdates(site.site, site.newest)) return 'far-ends-silent' as const
  const silent = isSilent(site, nowMs())
  if ((silent || last === 'CANNOT SAY') && heartbeats.isDeaf(site.site)) {
    return 'far-ends-silent' as const
  }
  return silent ? ('silent' as const) : null
}

function summaryOf(site: LiveSite, means: Means, last: Overall) {
  const { judging, heartbeats, absence, nowMs } = means
  const { newest } = site
  const now = nowMs()
  const why = causeOf(site, { heartbeats, nowMs }, last)
  const cause = why === 'silent' && absence.isSiteRevoked(site) ? ('revoked' as const) : why
  return {
    site: site.site,
    maintenanceUntil: maintenanceUntil(site.site, means),
    overall: cause === null ? last : ('CANNOT SAY' as const),
    ...{ silent: isSilent(site, now), cause },
    last: {
      overall: last,
      from: instant(newest.fromMs),
      to: instant(newest.toMs),
      ageSeconds: Math.round((now - newest.toMs) / 1000),
    },
    profile: judging.profileOf(newest),
    agents: site.agents.map((agent) => ({
      agent: agent.agent,
      up: now - agent.lastReceivedMs <= SILENT_AFTER_MS,
      lastRecordAt: instant(agent.lastReceivedMs),
      newestWindowTo: instant(agent.newest.toMs),
      recordsMissing: agent.missing,
      revoked: absence.isRevoked(site.site, agent.agent),
      alive: aliveAnswer(heartbeats.of(site.site, agent.agent)),
    })),
  }
}

function maintenanceUntil(site: string, { plans }: Pick<Means, 'plans'>) {
  const untilMs = plans.maintainedUntil(site)
  return untilMs === null ? null : instant(untilMs)
}

function aliveAnswer(heartbeat: Heartbeat | null) {
  if (heartbeat === null) return null
  const silent = heartbeat.silent.map(({ farEnd, sinceMs }) => ({
    farEnd,
    since: instant(sinceMs),
  }))
  return { at: instant(heartbeat.atMs), heard: heartbeat.heard, silent }
}

/** The row of a site that was never heard: nothing of it is a figure. */
export function absentSummary(
  { site, cause, agents }: AbsentSite,
  { heartbeats, plans }: Pick<Means, 'heartbeats' | 'plans'>,
) {
  return {
    maintenanceUntil: maintenanceUntil(site, { plans }),
    ...{ site, overall: 'CANNOT SAY' as const, silent: true, cause, last: null, profile: null },
    agents: agents.map(({ agent }) => ({
      ...{ agent, up: false, lastRecordAt: null, newestWindowTo: null, recordsMissing: null },
      revoked: false,
      alive: aliveAnswer(heartbeats.of(site, agent)),
    })),
  }
}

/** A judgement with the period it speaks of. */
export function judgedAnswer(site: string, judged: Judged) {
  const { by, judgement } = judged
  const findings = judgement?.findings ?? []
  return {
    period: {
      kind: judged.kind,
      from: instant(judged.fromMs),
      to: instant(judged.toMs),
      complete: judged.complete,
      records: judged.records,
      leftOut: judged.leftOut,
    },
    checks: judged.round && {
      agent: judged.round.agent,
      startedAt: instant(judged.round.startedMs),
      validUntil: instant(validUntil(judged.round)),
      complete: judged.round.complete,
      kinds: [...new Set(judged.round.observations.map(({ kind }) => kind))],
    },
    profile: { sha256: judged.profileSha256 || null, known: judgement !== null },
    overall: judgement?.overall ?? ('CANNOT SAY' as const),
    counts: judgement?.counts ?? null,
    findings: findings.map((found) => findingAnswer(site, found)),
    lines: by === null ? [] : [...linesRead(by.profile, by.site, findings)],
  }
}

/**
 * A finding as a collector tells it: a reason of a newer build has no meaning here, and who reads it there
 * has no site file to name in a command.
 */
export function findingAnswer(site: string, finding: Finding) {
  const { reason } = finding
  const meaning = reason in REASONS ? REASONS[reason].means : reason
  return { ...finding, meaning, advice: asAsked(finding.advice, askedAtCollector(site)) }
}
