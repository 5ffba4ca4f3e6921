import { Gauge, type Registry } from 'prom-client'

/** What the ledger says of itself at a scrape. */
export interface LedgerFigures {
  readonly size: number
  readonly checkpoint: { readonly atMs: number } | null
  readonly unsequenced: number
}

/** The ledger's gauges; what cannot be read is left as it was last read. */
export function addLedgerMetrics(registers: Registry[], read: () => Promise<LedgerFigures>): void {
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
}
