import { readEntry } from '../../shared/evidence/verify-entries.ts'
import type { PlacedEntry } from '../store/ledger/entries.ts'
import type { LogHead } from '../store/ledger/head.ts'
import type { Store } from '../store/store.ts'
import type { BundleAsk } from './ask.ts'
import { cutEnvelope, type Shown } from './leaves.ts'
import { type FoundRecord, recordsOf } from './records.ts'

export type BundleStore = Pick<Store, 'ledger' | 'rounds' | 'runs' | 'envelope'> & {
  readonly history: Pick<Store['history'], 'rawRowsKept' | 'rawRows'>
  readonly plans: Pick<Store['plans'], 'history'>
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
  /** Up to this leaf all entries that speak of that time are shown; a checkpoint of this size is. */
  readonly told: number
  /** Leaves of the log that the bundle's last checkpoint covers, neighbours' among them; 0: none does. */
  readonly size: number
}

const PAGE = 1000
/** Ticks are shown this long before and after: they tell that the collector listened. */
const AROUND_MS = 3_600_000
/** Entries that are looked through for a verdict: ticks of more than an hour among them. */
const SOON = 200

/**
 * Finds the leaves that speak of a time: the site's records, those whose rounds and runs held then, and all
 * entries from just before the first to just after the last; and the records beside it. Null: nothing was
 * ever logged, or not in the log that was asked for.
 */
export async function spanOfLog(store: BundleStore, ask: BundleAsk): Promise<BundleSpan | null> {
  const { ledger } = store
  const found = await recordsOf(store, ask)
  const records = found.filter(({ stands }) => stands !== 'neighbour')
  const logs = await ledger.allLogs()
  const log = logOf(logs, records, ask)
  if (log === undefined) return null
  const own = records.filter((one) => one.logId === log.logId)
  const first = await entryFrom(store, log, ask.site, ask.fromMs)
  const last = await entryFrom(store, log, ask.site, ask.toMs)
  const begin = await entryBefore(store, log, ask.site, Math.min(first, own[0]?.index ?? first))
  const judged = await verdictAfter(store, log, ask, last)
  const end = Math.max(last, own.at(-1)?.index ?? last, judged ?? last)
  const told = await covered(store, log, ask.site, end)
  const entries = await entriesOf(store, log, ask, { from: begin, to: told })
  const shown = found.filter((one) => one.logId === log.logId)
  const size = Math.max(told, await sizeOver(store, log, shown.at(-1)?.index ?? 0))
  const leaves = [...shown.filter(({ index }) => index < size).map(shownRecord), ...entries]
  const elsewhere = logs
    .filter((one) => one.logId !== log.logId)
    .map(({ origin, logId: id }) => ({
      origin,
      records: found.filter((one) => one.logId === id && one.stands === 'inside').length,
    }))
    .filter((other) => other.records > 0)
  return { log, told, size, elsewhere, leaves: leaves.sort((a, b) => a.index - b.index) }
}

/** The log that was asked for; else that of the newest record of the time, or the one that was written then. */
function logOf(
  logs: readonly LogHead[],
  records: readonly FoundRecord[],
  { log, toMs }: BundleAsk,
): LogHead | undefined {
  if (log !== undefined) return logs.find(({ origin }) => origin === log)
  const newest = records.at(-1)
  if (newest !== undefined) return logs.find(({ logId }) => logId === newest.logId)
  return logs.findLast(({ openedMs }) => openedMs < toMs) ?? logs.at(-1)
}

/** The size of the first checkpoint over a leaf, or of the newest one, which does not cover it. */
async function sizeOver(
  { ledger }: Pick<BundleStore, 'ledger'>,
  { logId, range }: LogHead,
  index: number,
): Promise<number> {
  const over = await ledger.checkpointOver(logId, index)
  return over?.size ?? (await ledger.checkpointUnder(logId, range.size))?.size ?? 0
}

function shownRecord({ index, agent, boot, sequence }: FoundRecord): Shown {
  return { kind: 'record', index, agent, boot, sequence }
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
  { ledger }: Pick<BundleStore, 'ledger'>,
  log: LogHead,
  site: string,
  index: number,
): Promise<number> {
  const size = await sizeOver({ ledger }, log, index)
  const page = { from: size, to: log.range.size, limit: 1 }
  const [entry] = await ledger.entriesBetween(log.logId, site, page)
  if (entry === undefined || index >= size) return size
  return (await ledger.checkpointOver(log.logId, entry.index))?.size ?? size
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
