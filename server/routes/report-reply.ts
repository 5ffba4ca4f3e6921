import type { FastifyReply, FastifyRequest } from 'fastify'
import { nodeCrypto } from '../../shared/evidence/node-crypto.ts'
import { formatVkey, vkeyOf } from '../../shared/evidence/vkey.ts'
import type { Format } from '../../shared/report/format.ts'
import { agentVkey } from '../access/enrolment.ts'
import type { Guard } from '../access/guard.ts'
import type { KnownAccess } from '../access/known.ts'
import { wholeQuarters } from '../bundle/ask.ts'
import { NoLog } from '../bundle/downloads.ts'
import type { LiveSites } from '../ingest/live.ts'
import { Problem, problem } from '../problem.ts'
import { ALL_YOURS, readerKey, type Shares } from '../reader-limits.ts'
import type { ReportAsk, ReportJob } from '../reports/job.ts'
import { ReportRefused, reportInThread } from '../reports/thread.ts'
import type { Store } from '../store/store.ts'
import { DeskFull, type JobDesk, JobTooMuch } from '../thread/job-desk.ts'
import { instant } from './answers.ts'
import { LONGEST_BUNDLE_MS } from './bundle.ts'
import { type CuttingParts, cuttingOf } from './cutting.ts'
import { refuseLonger } from './history.ts'
import { type Processing, processing } from './processing.ts'
import { goneOf } from './run-events.ts'

export interface ReportSources extends CuttingParts {
  readonly store: Pick<Store, 'aside' | 'ledger'>
  readonly guard: Guard
  readonly live: LiveSites
  readonly known: Pick<KnownAccess, 'keys'>
  readonly reports: JobDesk
  readonly shares: Shares
  readonly nowMs: () => number
}

/** Milliseconds since 1970. */
export interface Span {
  readonly fromMs: number
  readonly toMs: number
}

interface Asked {
  readonly site: string
  readonly format: Format
  readonly ask: ReportAsk
  readonly times: readonly Span[]
}

/** Seconds after which somebody who was turned away may ask again. */
const RETRY_SECONDS = 60
const TYPES: { readonly [F in Format]: string } = {
  html: 'text/html; charset=utf-8',
  pdf: 'application/pdf',
  json: 'application/json; charset=utf-8',
}
/** A report runs nothing, asks nothing, and is of no origin: whatever a record held. */
const REPORT_POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox"

/**
 * Answers with a report, and tells meanwhile that it is being made.
 * @throws Problem; ends the work when who asked is gone
 */
export async function makeReply(
  sources: ReportSources,
  { request, reply }: { readonly request: FastifyRequest; readonly reply: FastifyReply },
  asked: Asked,
): Promise<FastifyReply> {
  const { format, ask, site } = asked
  const spans = asked.times.map((time) => quartersOf(sources, time))
  const giveBack = sources.shares.take(readerKey(sources.guard, request))
  if (giveBack === null) throw new Problem('reports-busy', { found: ALL_YOURS }, RETRY_SECONDS)
  const told = processing(request, reply)
  const call = { gone: goneOf(reply), told }
  const octets = await made(sources, asked, spans, call).finally(giveBack)
  const [first] = spans
  const name = `${site}-${ask.kind}-${instant(first?.fromMs ?? 0).slice(0, 10)}.${format}`
  const way = format === 'html' ? 'inline' : 'attachment'
  return reply
    .header('content-type', TYPES[format])
    .header('content-disposition', `${way}; filename="${name}"`)
    .header('content-security-policy', REPORT_POLICY)
    .header('cache-control', 'no-store')
    .send(Buffer.from(octets.buffer, octets.byteOffset, octets.byteLength))
}

/** @throws Problem bad-parameter when that is too long, or holds no quarter hour that is over */
function quartersOf({ nowMs }: ReportSources, { fromMs, toMs }: Span): Span {
  refuseLonger(toMs - fromMs, LONGEST_BUNDLE_MS, 'a report')
  const time = wholeQuarters(fromMs, toMs, nowMs())
  if (time !== null) return time
  const found = `${instant(fromMs)} to ${instant(toMs)}`
  const wanted = 'a quarter hour that is over'
  throw problem('bad-parameter', { where: 'querystring', wanted, found })
}

async function made(
  sources: ReportSources,
  asked: Asked,
  spans: readonly Span[],
  { gone, told }: { readonly gone: AbortSignal; readonly told: Processing },
): Promise<Uint8Array> {
  try {
    return await sources.reports.do(
      async (signal) => reportInThread(await jobOf(sources, asked, spans), signal),
      gone,
      told.tell,
    )
  } catch (error) {
    // Nobody reads this any more.
    if (gone.aborted) throw problem('timeout', { found: 'a client that is gone' })
    if (error instanceof NoLog) throw problem('no-log', { found: asked.site })
    if (error instanceof DeskFull) {
      throw new Problem('reports-busy', { found: error.message }, RETRY_SECONDS)
    }
    if (error instanceof JobTooMuch) throw problem('report-too-much', { found: error.message })
    if (!(error instanceof ReportRefused)) throw error
    const wanted = 'a report that the bundle can tell'
    throw problem('bad-parameter', { where: 'querystring', wanted, found: error.message })
  } finally {
    told.end()
  }
}

async function jobOf(
  sources: ReportSources,
  { site, format, ask }: Asked,
  spans: readonly Span[],
): Promise<ReportJob> {
  const paths = spans.map(
    ({ fromMs, toMs }) =>
      `/api/v1/sites/${site}/bundle?from=${instant(fromMs)}&to=${instant(toMs)}`,
  )
  const keys = { agent: agentKeys(sources, site), log: await logKeys(sources) }
  const bundles = spans.map((span) => ({ site, ...span }))
  return { ask, format, bundles, paths, keys, ...cuttingOf(sources, site) }
}

/** Every key that agents of the site ever enrolled, in one order. */
function agentKeys({ known }: ReportSources, site: string): string[] {
  return known
    .keys()
    .filter((key) => key.site === site)
    .map(({ agent, publicKey }) => agentVkey(site, agent, publicKey))
    .sort()
}

/** Of every log that this collector ever kept. */
async function logKeys({ store }: ReportSources): Promise<string[]> {
  const logs = await store.ledger.allLogs()
  return logs.map(({ origin, signer }) =>
    formatVkey(vkeyOf(nodeCrypto, { name: origin, publicKey: Buffer.from(signer, 'hex') })),
  )
}
