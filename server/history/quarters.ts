import { createHash } from 'node:crypto'
import { INTERVAL_MS } from '../../shared/clock.ts'
import type { Overall } from '../../shared/verdict/finding.ts'
import { JUDGING_RULES } from '../../shared/verdict/rules.ts'
import type { Judging, KnownProfile } from '../judging/judging.ts'
import type { Journal } from '../ledger/journal.ts'
import { GRACE_MS } from '../store/history/append.ts'
import type { HistoryBook } from '../store/history/book.ts'
import { KNOWN_FOR_MS } from '../store/history/queue.ts'
import type { KnownPeriod, PeriodKey } from '../store/history/read.ts'
import type { RolledInterval, WrittenInterval } from '../store/history/rolled.ts'
import type { Grounds, Store } from '../store/store.ts'
import type { FailedQuarters } from './failed-quarters.ts'
import { RECORDS_GONE } from './keeper.ts'
import { Alike, type LastWritten } from './last-written.ts'
import { rollInterval } from './roll.ts'
import { silenceIn } from './silence.ts'

export interface QuarterParts {
  readonly store: Pick<Store, 'grounds'>
  readonly book: HistoryBook
  readonly judging: Pick<Judging, 'quarter' | 'saidAt'>
  readonly profile: (sha256: string) => KnownProfile | null
  /** The profile of a site's plan, by which nothing at all is judged; empty: it has none. */
  readonly planned?: (site: string) => string
  readonly nowMs: () => number
  /** Hears of what was written. */
  readonly failed?: Pick<FailedQuarters, 'note'>
  /** Where verdicts are entered; null: this collector keeps no ledger. */
  readonly journal: Pick<Journal, 'prepare'> | null
}

/** Longest turn of the event loop between two sites that are judged, milliseconds. */
const TURN_MS = 3

/** Judges quarter hours of different sites and writes them, all in one transaction. */
export async function rollQuarters(
  parts: QuarterParts,
  last: LastWritten,
  pieces: readonly PeriodKey[],
): Promise<void> {
  const { book, nowMs } = parts
  const rolled = await judgeAll(parts, pieces)
  const known = await knownOf(book, pieces)
  const gone = await book.reached(RECORDS_GONE)
  const kept = rolled.filter((one) => !isPoorer(one, known.get(one.site), gone))
  const toldOf = (site: string) => known.get(site)?.told ?? ''
  await writeAll(
    book,
    last,
    kept.map((one) => ({ ...one, tell: telling(parts, one, toldOf(one.site)) })),
  )
  for (const { site, fromMs, period, slices } of kept) {
    parts.failed?.note(site, fromMs, slices)
    const now = nowMs()
    const toMs = Math.min(fromMs + KNOWN_FOR_MS, now - GRACE_MS - INTERVAL_MS + 1)
    const span = { site, fromMs: fromMs + INTERVAL_MS, toMs }
    if (period.records > 0 && toMs > span.fromMs) await book.markMissing(span, now)
  }
}

async function writeAll(
  book: HistoryBook,
  last: LastWritten,
  list: readonly Omit<WrittenInterval, 'follows'>[],
): Promise<void> {
  const alike = new Alike()
  const digests = new Map<string, string>()
  const counts = await book.putIntervals(
    list.map((one) => {
      const { slices, digest } = alike.of(one.slices)
      digests.set(one.site, digest)
      return { ...one, slices, follows: last.follows(one.site, one.fromMs, digest) }
    }),
  )
  const written = new Map(counts.map((one) => [one.site, one.written]))
  for (const { site, fromMs } of list) {
    const [digest = '', count = 0] = [digests.get(site), written.get(site)]
    last.note(site, { fromMs, digest, written: count })
  }
}

async function judgeAll(
  parts: QuarterParts,
  pieces: readonly PeriodKey[],
): Promise<RolledInterval[]> {
  const { store, book, judging, profile, nowMs } = parts
  const grounds = await store.grounds(
    pieces.map(({ site, fromMs }) => ({ site, fromMs, toMs: fromMs + INTERVAL_MS })),
  )
  const fallbacks = await fallbacksOf(parts, pieces, grounds)
  const silences = await silencesOf(book, pieces)
  const rolled: RolledInterval[] = []
  let began = performance.now()
  for (const [at, { site, fromMs }] of pieces.entries()) {
    const found = grounds[at]
    if (found === undefined) throw new Error(`history: nothing was read of ${site}`)
    const said = await judging.saidAt(site, fromMs)
    const ask = { fromMs, fallback: fallbacks.get(site) ?? '' }
    const { judged, streams } = judging.quarter(ask, found, said)
    const by = { profile: profile(judged.profileSha256)?.profile ?? null, nowMs: nowMs() }
    const silence = silences.get(fromMs) ?? []
    rolled.push(rollInterval({ site, judged, streams, silence, ...by }))
    if (performance.now() - began < TURN_MS) continue
    await new Promise(setImmediate)
    began = performance.now()
  }
  return rolled
}

/** By which profile to judge where no record names one: that of the site's last records, or of its plan. */
async function fallbacksOf(
  { book, planned = () => '' }: QuarterParts,
  pieces: readonly PeriodKey[],
  grounds: readonly Grounds[],
): Promise<Map<string, string>> {
  const silent = pieces.filter((_, at) => grounds[at]?.records.length === 0)
  if (silent.length === 0) return new Map()
  const keys = silent.map(({ site, fromMs }) => ({ site, fromMs }))
  const heard = await book.lastHeard(keys)
  return new Map(silent.map(({ site }, at) => [site, heard[at] ?? planned(site)]))
}

/** What it means, for every moment of these quarter hours, that no record covers it. */
async function silencesOf(book: HistoryBook, pieces: readonly PeriodKey[]) {
  const silences = new Map<number, ReturnType<typeof silenceIn>>()
  for (const fromMs of new Set(pieces.map((piece) => piece.fromMs))) {
    const endMs = fromMs + INTERVAL_MS
    silences.set(fromMs, silenceIn(await book.uptime(fromMs, endMs), fromMs, endMs))
  }
  return silences
}

async function knownOf(
  book: HistoryBook,
  pieces: readonly PeriodKey[],
): Promise<Map<string, KnownPeriod>> {
  const known = await book.known(pieces.map(({ site, fromMs }) => ({ site, fromMs })))
  return new Map(known.map((one) => [one.site, one]))
}

/** Where records have been removed since, what was made of all of them is not made of the rest. */
function isPoorer(
  { fromMs, period }: RolledInterval,
  before: KnownPeriod | undefined,
  gone: number | null,
): boolean {
  if (gone === null || fromMs >= gone) return false
  return before !== undefined && before.records > period.records
}

/** What the ledger is told of it: once for each content. */
function telling(
  { journal }: QuarterParts,
  { site, fromMs, period }: RolledInterval,
  before: string,
): WrittenInterval['tell'] {
  const entry = {
    ...{ site, from: fromMs, to: fromMs + INTERVAL_MS },
    overall: period.overall as Overall,
    profileSha256: period.profile_sha256,
    records: period.records,
    findingsSha256: period.findings_sha256,
    rules: JUDGING_RULES,
  }
  if (journal === null || !/^[0-9a-f]{64}$/.test(entry.profileSha256)) return null
  const told = createHash('sha256').update(JSON.stringify(entry)).digest('hex')
  return told === before ? null : { told, entry: journal.prepare({ kind: 'verdict', ...entry }) }
}
