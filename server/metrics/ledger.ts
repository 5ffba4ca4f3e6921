import { Counter, Gauge, type Registry } from 'prom-client'
import type { SeenCheck } from '../ledger/seen-check.ts'

/** What the ledger says of itself at a scrape. */
interface LedgerFigures {
  readonly size: number
  readonly checkpoint: { readonly atMs: number } | null
  readonly unsequenced: number
}

export interface LedgerSource {
  readonly state: () => Promise<LedgerFigures>
  readonly seen: Pick<SeenCheck, 'conflicts' | 'counts'>
}

/** The ledger's gauges; what cannot be read is left as it was last read. */
export function addLedgerMetrics(registers: Registry[], { state: read, seen }: LedgerSource): void {
  const gauge = (name: string, help: string, of: (figures: LedgerFigures) => number) =>
    new Gauge({
      ...{ name: `voipready_ledger_${name}`, help, registers },
      async collect() {
        await read().then(
          (figures) => this.set(of(figures)),
          () => {},
        )
      },
    })
  gauge('size', 'Leaves of the log.', ({ size }) => size)
  gauge(
    'checkpoint_timestamp_seconds',
    'When the newest checkpoint was signed, seconds since 1970; 0: none was.',
    ({ checkpoint }) => (checkpoint?.atMs ?? 0) / 1000,
  )
  gauge(
    'unsequenced',
    'Records and entries that wait for a place.',
    ({ unsequenced }) => unsequenced,
  )
  addSeenMetrics(registers, seen)
}

function addSeenMetrics(registers: Registry[], seen: LedgerSource['seen']): void {
  new Gauge({
    name: 'voipready_ledger_seen_conflicts',
    help: 'Agents whose newest record names a head that is not in this log, or says a fork.',
    registers,
    collect() {
      this.set(seen.conflicts.length)
    },
  })
  new Counter({
    name: 'voipready_ledger_seen_heads_total',
    help: 'Heads that agents say they saw, by what they are to the log.',
    labelNames: ['outcome'],
    registers,
    collect() {
      this.reset()
      for (const [outcome, count] of seen.counts) this.inc({ outcome }, count)
    },
  })
}
