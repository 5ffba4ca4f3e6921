import { setImmediate } from 'node:timers/promises'
import type { FastifyInstance } from 'fastify'
import type * as v from 'valibot'
import type { AbsentSite } from '../absent.ts'
import type { LiveSite } from '../ingest/live.ts'
import { absentSummary, instant, siteSummary } from './answers.ts'
import { FleetQuery } from './history-schemas.ts'
import { readRoute } from './reading.ts'
import { SitesAnswer } from './schemas.ts'
import type { SiteRoutes } from './sites.ts'

export type FleetRoutes = SiteRoutes

const MOST_SITES = 1000
/** Sites judged before others get their turn. */
const AT_ONCE = 20

/**
 * Every site that the reader may see, by name, a page at a time: `next` is what to give as `after`.
 * The counts are of all of them that fit `customer`, whatever the page and `overall`.
 */
export function addFleetRoute(app: FastifyInstance, parts: FleetRoutes): void {
  const { guard, judging, nowMs, known } = parts
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
      const heard = await judgeAll(parts, parts.live.names().filter(fits))
      const judged = withAbsent(
        heard,
        parts.absence.sites().filter(({ site }) => fits(site)),
      )
      const wanted = judged.filter(
        (one) => one.site.site > after && (overall === undefined || one.overall === overall),
      )
      const page = wanted.slice(0, Number(limit ?? MOST_SITES))
      return {
        now: instant(nowMs()),
        sites: page.map(({ site }) => ({
          ...('newest' in site ? siteSummary(site, judging, nowMs()) : absentSummary(site)),
          customer: customerOf(site.site),
        })),
        next: page.length < wanted.length ? (page.at(-1)?.site.site ?? null) : null,
        counts: countsOf(judged.map((one) => one.overall)),
      }
    },
  )
}

/** The word of every site now; judged anew only where records came since it was last asked. */
async function judgeAll({ live, judging }: SiteRoutes, names: readonly string[]) {
  const judged: { site: LiveSite; overall: string }[] = []
  for (const [index, name] of names.entries()) {
    const site = live.get(name)
    if (site !== null) judged.push({ site, overall: judging.overallNow(site) })
    if (index % AT_ONCE === AT_ONCE - 1) await setImmediate()
  }
  return judged
}

interface Row {
  readonly site: LiveSite | AbsentSite
  readonly overall: string
}

/** By name; of a site that was never heard nothing can be said. */
function withAbsent(heard: readonly Row[], absent: readonly AbsentSite[]): Row[] {
  const rows = [...heard, ...absent.map((site) => ({ site, overall: 'CANNOT SAY' }))]
  return rows.sort((a, b) => (a.site.site < b.site.site ? -1 : 1))
}

function countsOf(words: readonly string[]) {
  const count = (word: string) => words.filter((one) => one === word).length
  return {
    ...{ sites: words.length, ready: count('READY'), notReady: count('NOT READY') },
    cannotSay: count('CANNOT SAY'),
  }
}
