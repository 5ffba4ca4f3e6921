import { SILENT_AFTER_MS } from '../../shared/clock.ts'
import type { Finding, Overall } from '../../shared/verdict/finding.ts'
import { REASONS } from '../../shared/verdict/reasons.ts'
import { validUntil } from '../../shared/verdict/rounds.ts'
import type { AbsentSite } from '../absent.ts'
import { isSilent, type LiveSite } from '../ingest/live.ts'
import type { Judged, Judging } from '../judging/judging.ts'

/** Domain values as the API shows them: instants in RFC 3339, reasons with their meaning. */
export const instant = (ms: number): string => new Date(ms).toISOString()

/** One site as lists have it. */
export function siteSummary(site: LiveSite, judging: Judging, nowMs: number) {
  return summaryOf(site, judging, nowMs, judging.overallLast(site))
}

/** ... as far as it is known without judging: what has not been judged is CANNOT SAY, and says so. */
export function siteSummaryKnown(site: LiveSite, judging: Judging, nowMs: number) {
  const known = judging.known(site)
  return { ...summaryOf(site, judging, nowMs, known ?? 'CANNOT SAY'), judged: known !== null }
}

function summaryOf(site: LiveSite, judging: Judging, nowMs: number, last: Overall) {
  const { newest } = site
  const silent = isSilent(site, nowMs)
  return {
    site: site.site,
    overall: silent ? ('CANNOT SAY' as const) : last,
    ...{ silent, cause: silent ? ('silent' as const) : null },
    last: {
      overall: last,
      from: instant(newest.fromMs),
      to: instant(newest.toMs),
      ageSeconds: Math.round((nowMs - newest.toMs) / 1000),
    },
    profile: judging.profileOf(newest),
    agents: site.agents.map((agent) => ({
      agent: agent.agent,
      up: nowMs - agent.lastReceivedMs <= SILENT_AFTER_MS,
      lastRecordAt: instant(agent.lastReceivedMs),
      newestWindowTo: instant(agent.newest.toMs),
      recordsMissing: agent.missing,
    })),
  }
}

/** The row of a site that was never heard: nothing of it is a figure. */
export function absentSummary({ site, cause, agents }: AbsentSite) {
  return {
    ...{ site, overall: 'CANNOT SAY' as const, silent: true, cause, last: null, profile: null },
    agents: agents.map(({ agent }) => ({
      ...{ agent, up: false, lastRecordAt: null, newestWindowTo: null, recordsMissing: null },
    })),
  }
}

/** A judgement with the period it speaks of. */
export function judgedAnswer(judged: Judged) {
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
    profile: { sha256: judged.profileSha256 || null, known: judged.judgement !== null },
    overall: judged.judgement?.overall ?? ('CANNOT SAY' as const),
    counts: judged.judgement?.counts ?? null,
    findings: (judged.judgement?.findings ?? []).map(findingAnswer),
  }
}

function findingAnswer(finding: Finding) {
  return { ...finding, meaning: REASONS[finding.reason].means }
}
