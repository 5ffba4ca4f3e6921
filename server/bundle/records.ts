import { CHAIN_MARGIN_MS, INTERVAL_MS } from '../../shared/clock.ts'
import { grouped } from '../../shared/grouped.ts'
import { MAX_ROUND_RECORDS } from '../../shared/verdict/period.ts'
import { LONGEST_VALIDITY_MS } from '../../shared/verdict/rounds.ts'
import { MAX_RUN_RECORDS, RUN_HOLDS_MS } from '../../shared/verdict/runs.ts'
import type { PlacedRecord } from '../store/ledger/proofs.ts'
import type { Store } from '../store/store.ts'
import type { BundleAsk } from './ask.ts'

/** Most records of a bundle: a month of one agent, and half as much again. */
const MOST_RECORDS = 65_000
/** So many numbers left out between two records are looked for: what came between two minutes. */
const MOST_BETWEEN = 16

/**
 * A record that a bundle shows: `inside`, of the time asked for; `earlier`, from before it, and held into
 * it; `neighbour`, of neither, and there for the chain alone.
 */
export interface FoundRecord extends PlacedRecord {
  readonly stands: 'inside' | 'earlier' | 'neighbour'
}

type RecordStore = Pick<Store, 'rounds' | 'runs'> & {
  readonly ledger: Pick<Store['ledger'], 'places' | 'place' | 'nearest'>
}

/** The records that speak of a time, and those beside it that show that none of them is left out. */
export async function recordsOf(store: RecordStore, ask: BundleAsk): Promise<FoundRecord[]> {
  const found = new Map<string, FoundRecord>()
  const add = (stands: FoundRecord['stands'], records: readonly PlacedRecord[]) => {
    for (const { logId, index, agent, boot, sequence } of records) {
      const key = `${logId} ${index}`
      if (!found.has(key)) found.set(key, { stands, logId, index, agent, boot, sequence })
    }
  }
  const { site, fromMs, toMs } = ask
  const wide = { fromMs: fromMs - CHAIN_MARGIN_MS, toMs: toMs + CHAIN_MARGIN_MS }
  const within = (from: number, to: number) =>
    store.ledger.places(site, { fromMs: from, toMs: to, limit: MOST_RECORDS })
  add('inside', await within(fromMs, toMs))
  add('earlier', await holding(store, ask))
  add('neighbour', await within(wide.fromMs, fromMs))
  add('neighbour', await within(toMs, wide.toMs))
  add('neighbour', await store.ledger.nearest(site, wide))
  const near = [...found.values()].filter(({ stands }) => stands !== 'earlier')
  add('neighbour', await between(store, site, near))
  return [...found.values()].sort((a, b) => Number(a.logId) - Number(b.logId) || a.index - b.index)
}

/** Rounds and runs that held at the end of the first quarter hour; later ones are among the records inside. */
async function holding(store: RecordStore, { site, fromMs }: BundleAsk): Promise<PlacedRecord[]> {
  const until = fromMs + INTERVAL_MS
  const rounds = await store.rounds(site, until - LONGEST_VALIDITY_MS, until, MAX_ROUND_RECORDS)
  const runs = await store.runs(site, until - RUN_HOLDS_MS, until, MAX_RUN_RECORDS)
  const found: PlacedRecord[] = []
  for (const { agent, boot, sequence } of [...rounds, ...runs]) {
    const place = await store.ledger.place(site, agent, boot, sequence)
    if (place !== null) found.push({ agent, boot, sequence, ...place })
  }
  return found
}

/** Numbers left out between records here: what a run showed, say, is of a time of its own. */
async function between(
  { ledger }: RecordStore,
  site: string,
  found: readonly FoundRecord[],
): Promise<PlacedRecord[]> {
  const filled: PlacedRecord[] = []
  for (const own of grouped(found, ({ agent, boot }) => `${agent} ${boot}`).values()) {
    const numbers = own.map(({ sequence }) => sequence).sort((a, b) => a - b)
    const holes = numbers.flatMap((next, at) => {
      const count = next - (numbers[at - 1] ?? next) - 1
      if (count <= 0 || count > MOST_BETWEEN) return []
      return Array.from({ length: count }, (_, n) => next - count + n)
    })
    for (const { agent, boot } of own.slice(0, 1))
      for (const sequence of holes) {
        const place = await ledger.place(site, agent, boot, sequence)
        if (place !== null) filled.push({ agent, boot, sequence, ...place })
      }
  }
  return filled
}
