import type { FastifyInstance } from 'fastify'
import type * as v from 'valibot'
import type { Profile } from '../../shared/profile/schema.ts'
import { readCoverage } from '../history/coverage.ts'
import { chooseStep, longestSpan, readTimeline, STEP_MS } from '../history/timeline.ts'
import type { KnownProfile } from '../judging/judging.ts'
import { problem } from '../problem.ts'
import { GRACE_MS } from '../store/history/append.ts'
import type { HistoryBook } from '../store/history/book.ts'
import { instant } from './answers.ts'
import { CoverageAnswer, SpanQuery, TimelineAnswer, TimelineQuery } from './history-schemas.ts'
import { type KnownSites, knownSiteOf, profileOf, readRoute } from './reading.ts'
import { SiteParams } from './schemas.ts'

export interface HistoryRoutes extends KnownSites {
  readonly history: HistoryBook
  readonly profile: (sha256: string) => KnownProfile | null
  readonly nowMs: () => number
}

const DAY_MS = 24 * 3_600_000
const DEFAULT_SPAN_MS = 7 * DAY_MS
/** A little over the longest time that history is kept for by default. */
const LONGEST_SPAN_MS = 1100 * DAY_MS

type Site = v.InferOutput<typeof SiteParams>
type Span = v.InferOutput<typeof SpanQuery>

/** What was true of a site in the past: figures on a grid, and how much of the time was seen. */
export function addHistoryRoutes(app: FastifyInstance, parts: HistoryRoutes): void {
  const { guard, history, nowMs } = parts
  const timeline = 'Figures of a site on a regular grid of time, with the limits they are held to'
  app.get<{ Params: Site; Querystring: v.InferOutput<typeof TimelineQuery> }>(
    '/api/v1/sites/:site/timeline',
    readRoute(guard, timeline, TimelineAnswer, { params: SiteParams, querystring: TimelineQuery }),
    async (request) => {
      const site = await knownSiteOf(parts, request, request.params.site)
      const { step: asked = 'auto', ...query } = request.query
      const { fromMs, toMs } = spanOf(query, nowMs())
      const step = asked === 'auto' ? chooseStep(toMs - fromMs) : asked
      refuseLonger(toMs - fromMs, longestSpan(step), `step=${step}`)
      const ask = { site: site.site, fromMs, toMs, step, nowMs: nowMs() }
      const { places, ready, notReady, cannotSay, ...found } = await readTimeline(history, ask)
      return {
        ...{ now: instant(nowMs()), site: site.site },
        ...{ from: instant(found.fromMs), to: instant(found.toMs), step },
        ...{ stepSeconds: STEP_MS[step] / 1000, points: ready.length },
        limits: limitsOf(parts.profile(profileOf(site))?.profile ?? null),
        overall: { ready, notReady, cannotSay },
        places,
      }
    },
  )
  addCoverageRoute(app, parts)
}

function addCoverageRoute(app: FastifyInstance, parts: HistoryRoutes): void {
  const { guard, history, nowMs } = parts
  const summary = 'How much of the time each far end was seen, and every gap with its cause'
  app.get<{ Params: Site; Querystring: Span }>(
    '/api/v1/sites/:site/coverage',
    readRoute(guard, summary, CoverageAnswer, { params: SiteParams, querystring: SpanQuery }),
    async (request) => {
      const { site } = await knownSiteOf(parts, request, request.params.site)
      const { fromMs, toMs } = spanOf(request.query, nowMs())
      refuseLonger(toMs - fromMs, LONGEST_SPAN_MS, 'coverage')
      // What came last is still on its way: of that nothing can be said yet.
      const ask = { site, fromMs, toMs: Math.min(toMs, nowMs() - GRACE_MS) }
      const found = await readCoverage(history, ask)
      const seconds = (found.toMs - found.fromMs) / 1000
      return {
        ...{ now: instant(nowMs()), site, from: instant(found.fromMs), to: instant(found.toMs) },
        places: found.places.map(({ farEnd, segment, seenMs, gaps }) => ({
          ...{ farEnd, segment, seconds, seenSeconds: seenMs / 1000 },
          share: seconds === 0 ? null : seenMs / 1000 / seconds,
          gaps: gaps.map(({ from, to, cause, side }) => ({
            ...{ from: instant(from), to: instant(to), seconds: (to - from) / 1000, cause, side },
          })),
        })),
        unknown: found.unknown.map(({ from, to }) => ({ from: instant(from), to: instant(to) })),
        truncated: found.truncated,
      }
    },
  )
}

/** The time asked for, milliseconds since 1970. @throws Problem bad-parameter when it ends before it begins */
export function spanOf(query: Span, nowMs: number): { fromMs: number; toMs: number } {
  const toMs = query.to === undefined ? nowMs : Date.parse(query.to)
  const fromMs = query.from === undefined ? toMs - DEFAULT_SPAN_MS : Date.parse(query.from)
  if (fromMs < toMs && fromMs >= 0) return { fromMs, toMs }
  const found = `from ${instant(Math.max(0, fromMs))} to ${instant(toMs)}`
  throw problem('bad-parameter', { where: 'querystring', wanted: 'from before to', found })
}

/** @throws Problem bad-parameter that names how much may be asked for at a time */
export function refuseLonger(spanMs: number, longestMs: number, what: string): void {
  if (spanMs <= longestMs) return
  const days = (ms: number) => `${Math.round(ms / DAY_MS)} days`
  const wanted = `at most ${days(longestMs)} with ${what}`
  throw problem('bad-parameter', { where: 'querystring', wanted, found: days(spanMs) })
}

/** The limits of the media lines, as the profile has them. */
function limitsOf(profile: Profile | null) {
  const line = (kind: string) => profile?.requirements.find((one) => one.kind === kind)
  const [delay, jitter, loss] = [line('one-way-delay'), line('jitter'), line('segment-loss')]
  return {
    delayMs: delay?.kind === 'one-way-delay' ? delay.limitMs : null,
    jitterMs: jitter?.kind === 'jitter' ? jitter.limitMs : null,
    lossRatio: loss?.kind === 'segment-loss' ? loss.limitRatio : null,
    dscp: profile?.media.dscp ?? null,
  }
}
