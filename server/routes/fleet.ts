import { setImmediate } from 'node:timers/promises'
import type { FastifyInstance } from 'fastify'
import type * as v from 'valibot'
import type { Overall } from '../../shared/verdict/finding.ts'
import type { AbsentSite } from '../absent.ts'
import { isSilent } from '../ingest/live.ts'
import type { JudgeAhead } from '../judging/ahead.ts'
import { absentSummary, instant, siteSummaryKnown } from './answers.ts'
import { FleetQuery } from './history-schemas.ts'
import { readRoute } from './reading.ts'
import { SitesAnswer } from './schemas.ts'
import type { SiteRoutes } from './sites.ts'

export interface FleetRoutes extends SiteRoutes {
  readonly ahead: Pick<JudgeAhead, 'want'>
}

const MOST_SITES = 1000
/** Sites that a question itself judges, and how many of them before others get their turn. */
const JUDGED_AT_ONCE = 50
const JUDGED_PER_TURN = 5

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
      const words = withAbsent(await wordsOf(parts, live.names().filter(fits)), absent)
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
  /** Of a site that was never heard. */
  readonly absent?: AbsentSite
}

/**
 * The word of every site now. A few that records came from a moment ago are judged at once; more (the
 * collector has just started, nobody looked for a while) are judged in the background meanwhile.
 */
async function wordsOf(parts: FleetRoutes, names: readonly string[]): Promise<Row[]> {
  const { live, judging, ahead } = parts
  ahead.want()
  const unknown = names.filter((name) => wordOf(parts, name)?.judged === false)
  for (const [index, name] of unknown.slice(0, JUDGED_AT_ONCE).entries()) {
    const site = live.get(name)
    if (site !== null) judging.window(site)
    if (index % JUDGED_PER_TURN === JUDGED_PER_TURN - 1) await setImmediate()
  }
  return names.flatMap((name) => wordOf(parts, name) ?? [])
}

function wordOf({ live, judging, nowMs }: FleetRoutes, name: string): Row | null {
  const head = live.head(name)
  if (head === null) return null
  const known = judging.known(head)
  const overall = known === null || isSilent(head, nowMs()) ? 'CANNOT SAY' : known
  return { name, overall, judged: known !== null }
}

function summaryOf({ live, judging, nowMs }: FleetRoutes, { name, absent }: Row) {
  if (absent !== undefined) return { ...absentSummary(absent), judged: true }
  const site = live.get(name)
  return site && siteSummaryKnown(site, judging, nowMs())
}

/** By name; of a site that was never heard nothing can be said. */
function withAbsent(heard: readonly Row[], absent: readonly AbsentSite[]): readonly Row[] {
  if (absent.length === 0) return heard
  const rows = absent.map((one) => ({
    ...{ name: one.site, overall: 'CANNOT SAY' as const, judged: true, absent: one },
  }))
  return [...heard, ...rows].sort((a, b) => (a.name < b.name ? -1 : 1))
}

function countsOf(rows: readonly Row[]) {
  const count = (word: Overall) => rows.filter((one) => one.overall === word).length
  return {
    ...{ sites: rows.length, ready: count('READY'), notReady: count('NOT READY') },
    cannotSay: count('CANNOT SAY'),
    notJudgedYet: rows.filter((one) => !one.judged).length,
  }
}
