import { INTERVAL_MS } from '../../shared/clock.ts'
import { readEntry } from '../../shared/evidence/verify-entries.ts'
import { MAX_ROUND_RECORDS } from '../../shared/verdict/period.ts'
import { LONGEST_VALIDITY_MS } from '../../shared/verdict/rounds.ts'
import { MAX_RUN_RECORDS, RUN_HOLDS_MS } from '../../shared/verdict/runs.ts'
import type { PlacedEntry } from '../store/ledger/entries.ts'
import type { LogHead } from '../store/ledger/head.ts'
import type { Store } from '../store/store.ts'
import { cutEnvelope, type Shown } from './leaves.ts'

export type BundleStore = Pick<Store, 'ledger' | 'rounds' | 'runs' | 'envelope'> & {
  readonly history: Pick<Store['history'], 'rawRowsKept' | 'rawRows'>
  readonly plans: Pick<Store['plans'], 'history'>
}

/** What a bundle is asked for: whole quarter hours, milliseconds since 1970. */
export interface BundleAsk {
  readonly site: string
  readonly fromMs: number
  readonly toMs: number
  /** With the raw rows that are kept of it. */
  readonly rows?: boolean
  /** Origin of the log to cut it of; left out: the one in which the newest record of that time stands. */
  readonly log?: string
}

/** Records of the time asked for that stand in another log: in no bundle of this one. */
export interface OtherLog {
  readonly origin: string
  readonly records: number
}

/** Which part of the log a bundle shows. */
export interface BundleSpan {
  readonly log: LogHead
  /** In the order of the log. */
  readonly leaves: readonly Shown[]
  /** Logs with records of that time that are left out here, as a recovery leaves them behind. */
  readonly elsewhere: readonly OtherLog[]
  /** Leaves of the log that the bundle's last checkpoint covers; 0: none does. */
  readonly size: number
}

/** Most records of a bundle: a month of one agent, and half as much again. */
export const MOST_RECORDS = 65_000
const PAGE = 1000
/** Ticks are shown this long before and after: they tell that the collector listened. */
const AROUND_MS = 3_600_000
/** Entries that are looked through for a verdict: ticks of more than an hour among them. */
const SOON = 200

/** The time asked for as whole quarter hours that are over; null when there are none. */
export function wholeQuarters(fromMs: number, toMs: number, nowMs: number) {
  const from = Math.floor(fromMs / INTERVAL_MS) * INTERVAL_MS
  const over = Math.floor(nowMs / INTERVAL_MS) * INTERVAL_MS
  const to = Math.min(Math.ceil(toMs / INTERVAL_MS) * INTERVAL_MS, over)
  return from < to ? { fromMs: from, toMs: to } : null
}

/**
 * Finds the leaves that speak of a time: the site's records, those whose rounds and runs held then, and all
 * entries from just before the first to just after the last. Null: nothing was ever logged, or not in the
 * log that was asked for.
 */
export async function spanOfLog(store: BundleStore, ask: BundleAsk): Promise<BundleSpan | null> {
  const { ledger } = store
  const records = await recordsOf(store, ask)
  const logs = await ledger.allLogs()
  const logId = records.at(-1)?.logId ?? logs.at(-1)?.logId
  const log = logs.find(({ origin, logId: id }) =>
    ask.log === undefined ? id === logId : origin === ask.log,
  )
  if (log === undefined) return null
  const own = records.filter((one) => one.logId === log.logId)
  const first = await entryFrom(store, log, ask.site, ask.fromMs)
  const last = await entryFrom(store, log, ask.site, ask.toMs)
  const begin = await entryBefore(store, log, ask.site, Math.min(first, own[0]?.index ?? first))
  const judged = await verdictAfter(store, log, ask, last)
  const end = Math.max(last, own.at(-1)?.index ?? last, judged ?? last)
  const size = await covered(store, log, ask.site, end)
  const entries = await entriesOf(store, log, ask, { from: begin, to: size })
  const leaves = [...own.filter(({ index }) => index < size), ...entries]
  const elsewhere = logs
    .filter((one) => one.logId !== log.logId)
    .map(({ origin, logId: id }) => ({
      origin,
      records: records.filter((one) => one.logId === id && !one.earlier).length,
    }))
    .filter((other) => other.records > 0)
  return { log, size, elsewhere, leaves: leaves.sort((a, b) => a.index - b.index) }
}

type Placed = Extract<Shown, { readonly kind: 'record' }> & {
  readonly logId: string
  /** From before that time, and held into it. */
  readonly earlier: boolean
}

async function recordsOf(store: BundleStore, ask: BundleAsk): Promise<Placed[]> {
  const { ledger } = store
  const { site, fromMs, toMs } = ask
  const inside = await ledger.places(site, { fromMs, toMs, limit: MOST_RECORDS })
  const until = fromMs + INTERVAL_MS
  const after = until - LONGEST_VALIDITY_MS
  const earlier = await store.rounds(site, after, until, MAX_ROUND_RECORDS)
  const found = new Map<string, Placed>()
  // Those of the time itself are among the records inside; these held at its first quarter hour's end.
  const runs = await store.runs(site, until - RUN_HOLDS_MS, until, MAX_RUN_RECORDS)
  for (const { agent, boot, sequence, logId, index } of inside) {
    const place = { agent, boot, sequence, logId, index, earlier: false }
    found.set(`${logId} ${index}`, { kind: 'record', ...place })
  }
  for (const { agent, boot, sequence } of [...earlier, ...runs]) {
    const place = await ledger.place(site, agent, boot, sequence)
    const key = place === null ? '' : `${place.logId} ${place.index}`
    if (place === null || found.has(key)) continue
    found.set(key, { kind: 'record', agent, boot, sequence, ...place, earlier: true })
  }
  return [...found.values()].sort((a, b) => Number(a.logId) - Number(b.logId) || a.index - b.index)
}

/** An entry as a leaf that is shown. */
export function shownEntry({ index, body }: Pick<PlacedEntry, 'index' | 'body'>): Shown {
  return { kind: 'entry', index, body }
}

/** The span with more leaves, each once. */
export function withLeaves(span: BundleSpan, more: readonly Shown[]): BundleSpan {
  const all = new Map([...more, ...span.leaves].map((one) => [one.index, one]))
  return { ...span, leaves: [...all.values()].sort((a, b) => a.index - b.index) }
}

/** The index of the first entry that is dated `atMs` or later; the log's size when there is none. */
async function entryFrom(
  { ledger }: BundleStore,
  { logId, range }: LogHead,
  site: string,
  atMs: number,
): Promise<number> {
  let low = 0
  let high = range.size
  while (low < high) {
    const middle = Math.floor((low + high) / 2)
    const page = { from: middle, to: range.size, limit: 1 }
    const [next] = await ledger.entriesBetween(logId, site, page)
    if (next === undefined || next.atMs >= atMs) high = middle
    else low = next.index + 1
  }
  const [found] = await ledger.entriesBetween(logId, site, { from: low, to: range.size, limit: 1 })
  return found?.index ?? range.size
}

/**
 * The index of the verdict on the last quarter hour, which comes some minutes after it and says how many
 * records there were; null: none came soon.
 */
async function verdictAfter(
  { ledger }: BundleStore,
  { logId, range }: LogHead,
  { site, toMs }: BundleAsk,
  from: number,
): Promise<number | null> {
  const page = await ledger.entriesBetween(logId, site, { from, to: range.size, limit: SOON })
  const found = page.find(({ kind, body }) => {
    const entry = kind === 'verdict' ? readEntry(cutEnvelope(body).payload) : null
    return entry?.kind === 'verdict' && entry.to === toMs
  })
  return found?.index ?? null
}

/** The index of the last entry before a leaf; the leaf's own where there is none. */
async function entryBefore(
  { ledger }: BundleStore,
  { logId }: LogHead,
  site: string,
  index: number,
): Promise<number> {
  for (let width = 64; ; width *= 8) {
    const from = Math.max(0, index - width)
    const found = await ledger.entriesBetween(logId, site, { from, to: index, limit: width })
    const last = found.at(-1)
    if (last !== undefined) return last.index
    if (from === 0) return index
  }
}

/** The size whose checkpoint covers a leaf, the first entry after it, and that entry in its turn. */
async function covered(
  { ledger }: BundleStore,
  { logId, range }: LogHead,
  site: string,
  index: number,
): Promise<number> {
  const newest = (await ledger.checkpointUnder(logId, range.size))?.size ?? 0
  const first = await ledger.checkpointOver(logId, index)
  if (first === null) return newest
  const page = { from: first.size, to: range.size, limit: 1 }
  const [entry] = await ledger.entriesBetween(logId, site, page)
  if (entry === undefined) return first.size
  return (await ledger.checkpointOver(logId, entry.index))?.size ?? first.size
}

async function entriesOf(
  { ledger }: BundleStore,
  { logId }: LogHead,
  { site, fromMs, toMs }: BundleAsk,
  range: { readonly from: number; readonly to: number },
): Promise<Shown[]> {
  const shown: Shown[] = []
  let last: Shown | null = null
  for (let from = range.from; from < range.to; ) {
    const page = await ledger.entriesBetween(logId, site, { from, to: range.to, limit: PAGE })
    for (const one of page) {
      const { index, kind, atMs } = one
      last = shownEntry(one)
      const near = atMs >= fromMs - AROUND_MS && atMs < toMs + AROUND_MS
      if (kind !== 'tick' || near || index === range.from) shown.push(last)
    }
    if (page.length < PAGE) break
    from = (page.at(-1)?.index ?? range.to) + 1
  }
  // The last one bounds the last checkpoint in time.
  if (last !== null && shown.at(-1) !== last) shown.push(last)
  return shown
}
