import { observe } from '../../agent/run/observe.ts'
import { keepRows } from '../../agent/run/window-rows.ts'
import type { ClosedWindow } from '../../agent/stream/types.ts'
import type { BundleLine, LineOf } from '../../shared/evidence/bundle.ts'
import { toBase64 } from '../../shared/evidence/octets.ts'
import {
  firstAndLast,
  octetsSeen,
  runningOf,
  sentToArrived,
} from '../../shared/measure/arrival-figures.ts'
import { encodeArrivalRows } from '../../shared/measure/raw-rows.ts'
import { packRawRows } from '../../shared/measure/raw-rows-pack.ts'
import type { MeasureLimits } from '../../shared/measure/window.ts'
import { measureLimitsOf } from '../../shared/profile/limits.ts'
import type { ReceiptStatement } from '../../shared/record/receipt.ts'
import type { AgentRecord } from '../../shared/record/record.ts'
import { MINUTE, START } from '../server/support/fixtures.ts'
import { seeded, travel } from '../shared/measure/simulation.ts'
import { profileWith } from '../shared/verdict/scenes.ts'
import { reflectorAt, sha256hex, signReceipt, worldLines } from './evidence-world.ts'

const PACKETS = 300
const CLOCK = { synchronised: true, maxErrorNs: 1e6, source: 'adjtimex' } as const
const CAPABILITIES: ClosedWindow['capabilities'] = {
  ...{ engine: 'linux', setTos: true, seeTos: true, seeTtl: true, receiveStamp: 'kernel' },
  ...{ transmitStamp: 'kernel', scheduling: 'fifo', seeEgress: true, rawIcmp: false },
}

export interface Halves {
  readonly agent: Uint8Array
  readonly reflector: Uint8Array
}

/** A minute of one call as agent and reflector really write it down: losses, copies, jitter. */
export function minuteOf(minute: number, farEnd: 'primary' | 'secondary', lost = 0.02) {
  const random = seeded(minute * 2 + (farEnd === 'primary' ? 1 : 2))
  const from = START + minute * MINUTE
  const outMs = Array.from({ length: PACKETS }, () => (random() < lost ? null : 10 + random() * 5))
  const { rows, receipt } = travel({
    ...{ count: PACKETS, firstSequence: minute * PACKETS, firstReply: minute * PACKETS },
    out: (i) => outMs[i] ?? null,
    back: () => (random() < lost ? null : 12 + random() * 5),
    sentOffMs: () => random() / 10,
  })
  const own = { ...rows, baseSeconds: from / 1000 }
  const order = outMs
    .map((ms, i) => ({ i, at: ms === null ? Number.NaN : own.sentNs[i]! + Math.round(ms * 1e6) }))
    .filter(({ at }) => !Number.isNaN(at))
    .sort((a, b) => a.at - b.at)
  const arrivals = {
    ...{ baseSeconds: from / 1000, stream: 0, firstSequence: minute * PACKETS, count: PACKETS },
    sentNs: new Float64Array(PACKETS).fill(Number.NaN),
    arrivedNs: new Float64Array(PACKETS).fill(Number.NaN),
    order: new Float64Array(PACKETS).fill(-1),
    tos: new Int16Array(PACKETS).fill(-1),
    ttl: new Int16Array(PACKETS).fill(-1),
  }
  for (const [place, { i, at }] of order.entries()) {
    arrivals.sentNs[i] = own.dueNs[i]!
    arrivals.arrivedNs[i] = at
    arrivals.order[i] = place
    arrivals.tos[i] = 0xb8
    arrivals.ttl[i] = 60
  }
  return { own, arrivals, receipt, from, farEnd }
}

type Made = ReturnType<typeof minuteOf>

const SESSIONS = { primary: '0011223344556677', secondary: '7766554433221100' } as const

function statementOf({ arrivals, receipt, farEnd }: Made, sha256: string): ReceiptStatement {
  const { received, duplicates, reordered, replied } = receipt
  return {
    ...{ format: 'voip-ready/receipt/1', session: SESSIONS[farEnd], ssrc: 7 },
    reflector: farEnd === 'primary' ? 'dc1' : 'dc2',
    peer: { address: farEnd === 'primary' ? '192.0.2.9' : '192.0.2.10', port: 40000 },
    ranges: [[0, arrivals.firstSequence, PACKETS]],
    ...{ ...firstAndLast([arrivals]), expected: PACKETS, received, duplicated: duplicates },
    ...{ reordered, replied, jitter: runningOf([arrivals]), delay: sentToArrived([arrivals]) },
    ...{ tos: octetsSeen([arrivals], 'tos'), ttl: octetsSeen([arrivals], 'ttl') },
    clock: { synchronised: true, maxErrorMs: 1, source: 'adjtimex', steps: 0 },
    ...{ rows: { sha256, rows: PACKETS }, version: '0.1.0' },
  }
}

function windowOf(
  { own, receipt, from, farEnd }: Made,
  signed: ClosedWindow['evidence']['receipts'][number],
): ClosedWindow {
  const target = { farEnd, address: '192.0.2.1', port: 4000, codec: 'g711', calls: 1, dscp: 46 }
  return {
    target: target as ClosedWindow['target'],
    ...{ from, to: from + MINUTE, capabilities: CAPABILITIES, gaps: [] },
    streams: [{ rows: own, receipt }],
    instrument: {
      ...{ receiveOverflows: 0, hostDrops: 0, stalls: 0, worstStallNs: 0, wallSteps: 0 },
      ...{ wallStepNs: 0, stampsMissing: 0, leftRealTime: false },
    } as ClosedWindow['instrument'],
    ...{ agentClock: CLOCK, agentClockSteps: 0, egressTos: 184, egressProof: 'watched' },
    reflector: {
      ...{ capabilities: CAPABILITIES, clock: CLOCK, clockSteps: 0, egressTos: 184 },
      ...{ egressProof: 'socket-option', receiveOverflows: 0 },
    },
    evidence: { receipts: [signed], oneSided: null },
    monotonic: { fromMs: 0, toMs: MINUTE },
  }
}

export interface RowsWorld {
  /** Without the lines of rows, and with a manifest that announces `rows` of them. */
  readonly lines: (rows: number) => BundleLine[]
  /** The lines of rows in their order. */
  readonly rows: readonly LineOf<'rows'>[]
  /** By minute and far end. */
  readonly halves: ReadonlyMap<string, Halves>
}

export interface RowsWorldOptions {
  readonly minutes: number
  /** What the agent signs instead of what it saw. */
  readonly lie?: (record: AgentRecord, minute: number) => AgentRecord
  /** What the agent writes down instead of what it saw. */
  readonly forge?: (made: Made, minute: number) => void
}

/** A bundle whose records and receipts sign for raw rows, made by the product's own recording. */
export function rowsWorld({ minutes, ...options }: RowsWorldOptions): RowsWorld {
  const { change, rows, halves } = recording(measureLimitsOf(profileWith()), options)
  const made = worldLines({ minutes, change })
  const lines = (count: number) =>
    made.map((line): BundleLine => {
      if (line.kind !== 'manifest') return line
      const { keys, ...rest } = line
      return { ...rest, rows: count, keys }
    })
  return { lines, rows, halves }
}

/** Puts a real minute in the place of a record's own, and keeps its rows. */
export function recording(
  limits: MeasureLimits,
  { lie, forge }: Omit<RowsWorldOptions, 'minutes'> = {},
) {
  const rows: LineOf<'rows'>[] = []
  const halves = new Map<string, Halves>()
  const change = (record: AgentRecord, minute: number): AgentRecord => {
    const parts = (['primary', 'secondary'] as const).map((farEnd) => {
      const made = minuteOf(minute, farEnd)
      forge?.(made, minute)
      const reflector = encodeArrivalRows([made.arrivals])
      const kept: Uint8Array[] = []
      const ring = { offer: (_: unknown, bytes: Uint8Array) => kept.push(bytes) > 0 }
      const whose = { site: 'leeds', agent: 'leeds-1' }
      const statement = statementOf(made, sha256hex(reflector))
      const signed = signReceipt(reflectorAt(farEnd), statement)
      const { window, digest } = keepRows(windowOf(made, signed), ring, whose)
      const agent = kept[0] ?? new Uint8Array()
      halves.set(`${minute} ${farEnd}`, { agent, reflector })
      rows.push(rowsLine(agent), rowsLine(reflector))
      const evidence = {
        ...{ farEnd, from: made.from, to: made.from + MINUTE, rows: digest, oneSided: null },
        receipts: [signed],
      }
      return { evidence, observation: observe(window, limits, 'MPLS') }
    })
    const observations = parts.map(({ observation }) => observation)
    const whole = { ...record, observations, evidence: parts.map(({ evidence }) => evidence) }
    const rounded = JSON.parse(
      JSON.stringify(whole, (_, value) =>
        typeof value === 'number' ? Math.round(value * 1e6) / 1e6 : value,
      ),
    ) as AgentRecord
    return lie?.(rounded, minute) ?? rounded
  }
  return { change, rows, halves }
}

export function rowsLine(bytes: Uint8Array): LineOf<'rows'> {
  const packed = packRawRows(bytes)
  if (packed === null) throw new Error('no raw rows')
  return { kind: 'rows', sha256: sha256hex(bytes), bytes: toBase64(packed) }
}
