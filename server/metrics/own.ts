import { Counter, Gauge, Histogram, Registry } from 'prom-client'
import { INGEST_REFUSALS, type IngestRefusalCode } from '../ingest/refusals.ts'
import type { AppendOutcome } from '../store/store.ts'
import { addExpiryMetrics, type ExpiryFigures } from './expiry.ts'
import { addLedgerMetrics, type LedgerSource } from './ledger.ts'

/** What the collector reads of its own process; handed in, so that tests can hold it still. */
export interface ProcessFigures {
  readonly residentBytes: () => number
  readonly cpuSeconds: () => number
  readonly startSeconds: number
}

export interface ConnectionFigures {
  readonly open: () => Promise<number>
  /** Since the start. */
  readonly refused: number
}

/** The disk that records are kept on, bytes. */
export interface DiskFigures {
  readonly freeBytes: number
  /** Below this records are turned away. */
  readonly wantedBytes: number
}

/** The collector's metrics of itself. The only module that knows prom-client. */
export interface OwnMetrics {
  readonly record: (outcome: AppendOutcome) => void
  readonly refusal: (reason: IngestRefusalCode | 'unauthorized' | 'overload') => void
  readonly commit: (records: number, tookMs: number) => void
  readonly request: (route: string, status: number, tookSeconds: number) => void
  /** Text exposition of the above. */
  readonly text: () => Promise<string>
}

export interface OwnMetricsOptions {
  readonly version: string
  readonly waiting: () => number
  readonly sites: () => number
  /** Null or left out: there is no ledger. */
  readonly ledger?: LedgerSource | null
  /** Left out: nothing runs out. */
  readonly expiry?: ExpiryFigures
  /** Left out: nothing listens. */
  readonly connections?: ConnectionFigures
  /** Null or left out: records are kept elsewhere. */
  readonly disk?: (() => DiskFigures) | null
  readonly process: ProcessFigures
}

const COMMIT_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1]
const REQUEST_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5]

/** Makes a registry of its own: two collectors in one process (as in tests) do not mix. */
export function ownMetrics(options: OwnMetricsOptions): OwnMetrics {
  const registers = [new Registry()]
  const [registry] = registers
  gauges(registers, options)
  if (options.expiry !== undefined) addExpiryMetrics(registers, options.expiry)
  if (options.connections !== undefined) addConnections(registers, options.connections)
  if (options.disk) addDisk(registers, options.disk)
  if (options.ledger) addLedgerMetrics(registers, options.ledger)
  const { records, refusals } = recordCounters(registers)
  const { commits, committed, requests } = timings(registers)
  return {
    record: (outcome) => records.inc({ outcome }),
    refusal: (reason) => refusals.inc({ reason: reason.replaceAll('-', '_') }),
    commit: (count, tookMs) => {
      commits.observe(tookMs / 1000)
      committed.inc(count)
    },
    request: (route, status, took) =>
      requests.observe({ route, status: `${Math.floor(status / 100)}xx` }, took),
    text: () => registry?.metrics() ?? Promise.resolve(''),
  }
}

const name = (rest: string) => `voipready_collector_${rest}`

/** Every value of a closed list starts at 0, so that a first refusal shows as a rise. */
function recordCounters(registers: Registry[]) {
  const records = new Counter({
    name: name('records_total'),
    help: 'Records taken, by what became of them.',
    labelNames: ['outcome'],
    registers,
  })
  for (const outcome of ['stored', 'repeated', 'conflict']) records.inc({ outcome }, 0)
  const refusals = new Counter({
    name: name('refusals_total'),
    help: 'Records and batches refused, by reason.',
    labelNames: ['reason'],
    registers,
  })
  for (const code of [...Object.keys(INGEST_REFUSALS), 'unauthorized', 'overload']) {
    refusals.inc({ reason: code.replaceAll('-', '_') }, 0)
  }
  return { records, refusals }
}

function addConnections(registers: Registry[], connections: ConnectionFigures): void {
  new Gauge({
    name: name('connections'),
    help: 'Connections that are open.',
    registers,
    async collect() {
      this.set(await connections.open())
    },
  })
  new Counter({
    name: name('connections_refused_total'),
    help: 'Connections closed as they came, because too many were open.',
    registers,
    collect() {
      this.reset()
      this.inc(connections.refused)
    },
  })
}

function timings(registers: Registry[]) {
  const commits = new Histogram({
    name: name('commit_duration_seconds'),
    help: 'Time from the start of a group commit until it is on disk.',
    buckets: COMMIT_SECONDS,
    registers,
  })
  const committed = new Counter({
    name: name('committed_records_total'),
    help: 'Records written by group commits (repeats included).',
    registers,
  })
  const requests = new Histogram({
    name: name('request_duration_seconds'),
    help: 'Time from request to answer, by route and class of status.',
    labelNames: ['route', 'status'],
    buckets: REQUEST_SECONDS,
    registers,
  })
  return { commits, committed, requests }
}

function gauges(registers: Registry[], options: OwnMetricsOptions): void {
  const gauge = (name: string, help: string, read: () => number) =>
    new Gauge({
      ...{ name, help, registers },
      collect() {
        this.set(read())
      },
    })
  new Gauge({
    name: 'voipready_build_info',
    help: 'Version of the collector; always 1.',
    labelNames: ['version'],
    registers,
  }).set({ version: options.version }, 1)
  gauge('voipready_collector_queue_records', 'Records that wait for a commit.', options.waiting)
  gauge('voipready_collector_sites', 'Sites that ever delivered a record.', options.sites)
  gauge(
    'process_resident_memory_bytes',
    'Resident memory of the process.',
    options.process.residentBytes,
  )
  new Counter({
    name: 'process_cpu_seconds_total',
    help: 'User and system CPU time of the process.',
    registers,
    collect() {
      this.reset()
      this.inc(options.process.cpuSeconds())
    },
  })
  gauge(
    'process_start_time_seconds',
    'Start of the process, seconds since 1970.',
    () => options.process.startSeconds,
  )
}

function addDisk(registers: Registry[], disk: () => DiskFigures): void {
  const figures = [
    ['disk_free_bytes', 'What is free on the disk that records are kept on.', 'freeBytes'],
    ['disk_wanted_bytes', 'Below so much free disk records are turned away.', 'wantedBytes'],
  ] as const
  for (const [short, help, figure] of figures) {
    new Gauge({
      ...{ name: name(short), help, registers },
      collect() {
        this.set(disk()[figure])
      },
    })
  }
}
