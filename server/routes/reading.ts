import { Socket } from 'node:net'
import type { FastifyRequest } from 'fastify'
import type * as v from 'valibot'
import type { Absence, AbsentSite } from '../absent.ts'
import type { Guard } from '../access/guard.ts'
import type { KnownAccess } from '../access/known.ts'
import type { LiveSite, LiveSites } from '../ingest/live.ts'
import { problem } from '../problem.ts'
import { NoQuery, ProblemAnswer } from './schemas.ts'

/** What all routes have in common that only read. */
export function readRoute(guard: Guard, summary: string, answer: v.GenericSchema, request = {}) {
  return {
    onRequest: async (incoming: FastifyRequest) => {
      await guard.requireReader(incoming)
    },
    schema: {
      summary,
      tags: ['readers'],
      security: [{ bearer: [] }, {}],
      querystring: NoQuery,
      ...request,
      response: { 200: answer, '4xx': ProblemAnswer },
    },
  }
}

/** Lets an answer take so long: the bound of a connection on which nothing passes is shorter. */
export function mayTake(request: FastifyRequest, ms: number): void {
  const { socket } = request.raw
  // Injected requests have none.
  if (socket instanceof Socket) socket.setTimeout(ms)
}

export interface KnownSites {
  readonly guard: Guard
  readonly live: LiveSites
  readonly absence: Absence
  readonly known: KnownAccess
}

/**
 * A site that was heard, or one that should have been.
 * @throws Problem unknown-site: a site that this reader may not see does not exist for him
 */
export async function knownSiteOf(
  parts: KnownSites,
  request: FastifyRequest,
  name: string,
): Promise<LiveSite | AbsentSite> {
  const { sees } = parts.guard.readerOf(request)
  const site = sees(name) ? parts.live.get(name) : null
  if (site !== null) return site
  await parts.known.fresh()
  const absent = sees(name) ? parts.absence.site(name) : null
  if (absent === null) throw problem('unknown-site', { found: name })
  return absent
}

/** The profile that a site is judged by now; empty: nothing names one. */
export function profileOf(site: LiveSite | AbsentSite): string {
  return 'newest' in site ? site.newest.profileSha256 : site.profileSha256
}

/** @throws Problem unknown-site: a site that this reader may not see does not exist for him */
export function siteOf(
  parts: { readonly guard: Guard; readonly live: LiveSites },
  request: FastifyRequest,
  name: string,
): LiveSite {
  const { sees } = parts.guard.readerOf(request)
  const site = sees(name) ? parts.live.get(name) : null
  if (site === null) throw problem('unknown-site', { found: name })
  return site
}
