import { Counter, Gauge, type Registry } from 'prom-client'
import type { SeenCheck } from '../ledger/seen-check.ts'
import type { WitnessState } from '../ledger/witness-desk.ts'

/** What the ledger says of itself at a scrape. */
interface LedgerFigures {
  readonly size: number
  readonly checkpoint: { readonly atMs: number } | null
  readonly unsequenced: number
}

export interface LedgerSource {
  readonly state: () => Promise<LedgerFigures>
  readonly seen: Pick<SeenCheck, 'conflicts' | 'counts'>
  readonly witnesses: () => readonly WitnessState[]
}

/** The ledger's gauges; what cannot be read is left as it was last read, and absent until it was. */
export function addLedgerMetrics(
  registers: Registry[],
  { state: read, seen, witnesses }: LedgerSource,
): void {
  const gauge = (name: string, help: string, of: (figures: LedgerFigures) => number): void =>
    new Gauge({
      ...{ name: `voipready_ledger_${name}`, help, registers },
      async collect() {
        await read().then(
          (figures) => this.set(of(figures)),
          () => {},
        )
      },
      // The library begins with 0, which nobody has read.
    }).remove()
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
  addWitnessMetrics(registers, witnesses)
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

/** A witness that has cosigned nothing yet shows as 0, so that its silence can be told. */
function addWitnessMetrics(registers: Registry[], read: LedgerSource['witnesses']): void {
  const gauge = (name: string, help: string, of: (state: WitnessState) => number) =>
    new Gauge({
      ...{ name: `voipready_log_witness_${name}`, help, registers, labelNames: ['witness'] },
      collect() {
        this.reset()
        for (const state of read()) this.set({ witness: state.name }, of(state))
      },
    })
  gauge(
    'cosigned_size',
    'Leaves of the newest checkpoint that the witness cosigned.',
    (state) => state.size,
  )
  gauge(
    'cosigned_timestamp_seconds',
    'When the witness cosigned last, by its own word, seconds since 1970; 0: not yet.',
    (state) => state.atMs / 1000,
  )
  gauge('conflict', '1 when the witness knows another history than this log.', (state) =>
    Number(state.conflict),
  )
  new Counter({
    name: 'voipready_log_witness_requests_total',
    help: 'Times that a witness was asked, by what became of it.',
    labelNames: ['witness', 'outcome'],
    registers,
    collect() {
      this.reset()
      for (const { name: witness, counts } of read()) {
        for (const [outcome, count] of counts) this.inc({ witness, outcome }, count)
      }
    },
  })
}
