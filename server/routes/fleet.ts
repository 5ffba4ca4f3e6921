import type { FastifyInstance } from 'fastify'
import type * as v from 'valibot'
import type { Overall } from '../../shared/verdict/finding.ts'
import type { AbsentSite } from '../absent.ts'
import type { JudgeAhead } from '../judging/ahead.ts'
import { absentSummary, causeOf, instant, siteSummaryKnown } from './answers.ts'
import { FleetQuery } from './history-schemas.ts'
import { readRoute } from './reading.ts'
import { SitesAnswer } from './schemas.ts'
import type { SiteRoutes } from './sites.ts'

export interface FleetRoutes extends SiteRoutes {
  readonly ahead: Pick<JudgeAhead, 'want' | 'begin'>
}

const MOST_SITES = 1000
/** How long a question may judge by itself, in one turn of the event loop. */
const JUDGING_MS = 8

/**
 * Every site that the reader may see, by name, a page at a time: `next` is what to give as `after`.
 * The counts are of all of them that fit `customer`, whatever the page and `overall`.
 */
export function addFleetRoute(app: FastifyInstance, parts: FleetRoutes): void {
  const { guard, live, nowMs, known } = parts
  app.get<{ Querystring: v.InferOutput<typeof FleetQuery> }>(
    '/api/v1/sites',
    readRoute(guard, 'Every site, by its newest window', SitesAnswer, { querystring: FleetQuery }),
    async (request) => {
      const { after = '', limit, overall, customer } = request.query
      const { sees } = guard.readerOf(request)
      const access = await known.fresh()
      const customerOf = (name: string) => access.site(name)?.customer ?? null
      const fits = (name: string) =>
        sees(name) && (customer === undefined || customerOf(name) === customer)
      const absent = parts.absence.sites().filter(({ site }) => fits(site))
      const words = withAbsent(wordsOf(parts, live.names().filter(fits)), absent)
      const wanted = words.filter(
        (one) => one.name > after && (overall === undefined || one.overall === overall),
      )
      const page = wanted.slice(0, Number(limit ?? MOST_SITES))
      return {
        now: instant(nowMs()),
        sites: page.flatMap((row) => {
          const summary = summaryOf(parts, row)
          return summary === null ? [] : { ...summary, customer: customerOf(row.name) }
        }),
        next: page.length < wanted.length ? (page.at(-1)?.name ?? null) : null,
        counts: countsOf(words),
      }
    },
  )
}

interface Row {
  readonly name: string
  readonly overall: Overall
  readonly judged: boolean
  /** Nothing is seen of it now, and nobody took its agents' keys back: it is silent, was never heard, or hears no far end. */
  readonly unseen: boolean
  /** Of a site that was never heard. */
  readonly absent?: AbsentSite
}

/**
 * The word of every site now. The few that records came from a moment ago are judged at once; more (the
 * collector has just started, nobody looked for a while) are judged in the background meanwhile.
 */
function wordsOf(parts: FleetRoutes, names: readonly string[]): Row[] {
  const { live, judging, ahead } = parts
  ahead.want()
  const rows = names.flatMap((name) => wordOf(parts, name) ?? [])
  const began = performance.now()
  for (const [at, { name, judged }] of rows.entries()) {
    if (judged) continue
    const site = live.get(name)
    if (site !== null) judging.window(site)
    rows[at] = wordOf(parts, name) ?? { name, overall: 'CANNOT SAY', judged, unseen: true }
    if (performance.now() - began < JUDGING_MS) continue
    ahead.begin()
    break
  }
  return rows
}

function wordOf(parts: FleetRoutes, name: string): Row | null {
  const { live, judging } = parts
  const head = live.head(name)
  if (head === null) return null
  const known = judging.known(head)
  const cause = causeOf(head, parts, known ?? 'CANNOT SAY')
  const overall = known === null || cause !== null ? 'CANNOT SAY' : known
  const unseen = cause !== null && !isTakenBack(parts, name)
  return { name, overall, judged: known !== null, unseen }
}

/** Somebody wanted that nothing is seen of it. */
function isTakenBack({ live, absence }: FleetRoutes, name: string): boolean {
  const site = live.get(name)
  return site !== null && absence.isSiteRevoked(site)
}

function summaryOf(parts: FleetRoutes, { name, absent }: Row) {
  if (absent !== undefined) return { ...absentSummary(absent, parts), judged: true }
  const site = parts.live.get(name)
  return site && siteSummaryKnown(site, parts)
}

/** By name; of a site that was never heard nothing can be said. */
function withAbsent(heard: readonly Row[], absent: readonly AbsentSite[]): readonly Row[] {
  if (absent.length === 0) return heard
  const rows = absent.map((one) => ({
    ...{ name: one.site, overall: 'CANNOT SAY' as const, judged: true, unseen: true, absent: one },
  }))
  return [...heard, ...rows].sort((a, b) => (a.name < b.name ? -1 : 1))
}

function countsOf(rows: readonly Row[]) {
  const counts = {
    sites: rows.length,
    ready: 0,
    notReady: 0,
    cannotSay: 0,
    unseen: 0,
    notJudgedYet: 0,
  }
  for (const { overall, judged, unseen } of rows) {
    if (overall === 'READY') counts.ready += 1
    else if (overall === 'NOT READY') counts.notReady += 1
    else counts.cannotSay += 1
    if (unseen) counts.unseen += 1
    if (!judged) counts.notJudgedYet += 1
  }
  return counts
}
