import type { StreamObservation } from '../../shared/record/observation.ts'
import type { CapacityStep, LegCapacity } from '../../shared/verdict/capacity.ts'
import type { Judgement } from '../../shared/verdict/finding.ts'
import { peerText } from '../cli/arguments.ts'
import type { Paint } from '../cli/colour.ts'
import { type Column, indent, type Row, renderTable, wrap } from '../cli/table.ts'
import { type CapacityRun, type Ramp, rampText, sustainedBy } from './capacity.ts'
import { ETHERNET_OCTETS, linkRate, rateText } from './rates.ts'
import { findingLines } from './render-findings.ts'

const WIDTH = 100
const COLUMNS: readonly Column[] = [
  { title: 'calls', align: 'right' },
  { title: 'IP each way' },
  { title: 'way out', wrapTo: 16 },
  { title: 'way back', wrapTo: 16 },
  { title: 'this host', wrapTo: 12 },
]
const [OUT, BACK] = [2, 3]

export interface CapacityPage {
  readonly site: string
  /** What the site file names; undefined: the calls asked for stand for it. */
  readonly peak: number | undefined
  readonly run: CapacityRun
  readonly judgement: Judgement
}

/** A capacity run for a person: every step, what held and what broke, and what to do next. */
export function renderCapacity(page: CapacityPage, paint: Paint): string {
  const { site, peak, run, judgement } = page
  const lines = [
    `site ${site}: capacity for calls, each step by itself, both ways`,
    ...run.ramps.flatMap((ramp) => ['', ...rampLines(ramp, paint)]),
    '',
    ...(peak === undefined
      ? wrap('the site file names no peakCalls: held against the calls asked for', WIDTH)
      : []),
    ...findingLines(judgement, paint),
  ]
  return `${lines.join('\n')}\n`
}

function rampLines(ramp: Ramp, paint: Paint): string[] {
  const { farEnd, address, port, steps } = ramp
  const first = steps[0]
  const head = `${farEnd} ${peerText({ address, port })}`
  if (first === undefined) return [...wrap(`${head}: ${rampText(ramp)}`, WIDTH)]
  const rows = steps.map((seen) => rowOf(ramp, seen, paint))
  return [
    `${head}, ${first.codec}, DSCP ${first.dscp}`,
    ...renderTable(COLUMNS, rows, WIDTH),
    ...wrap(rampText(ramp), WIDTH).map((line) => paint.bold(line)),
    ...linkLines(ramp, first),
  ]
}

function rowOf(ramp: Ramp, seen: StreamObservation, paint: Paint): Row {
  const { calls } = seen
  const [out, back] = [stepOf(ramp.out, calls), stepOf(ramp.back, calls)]
  const colour = (step: CapacityStep | undefined) =>
    step?.worst == null
      ? paint.green
      : step.worst.ruling.verdict === 'fail'
        ? paint.red
        : paint.yellow
  return {
    cells: [
      String(calls),
      rateText(linkRate(calls, seen.codec, seen.peer.address).ipKbit),
      legText(out, seen, 'out'),
      legText(back, seen, 'back'),
      hostText(seen),
    ],
    paint: (column, text) =>
      column === OUT ? colour(out)(text) : column === BACK ? colour(back)(text) : text,
  }
}

function stepOf({ steps }: LegCapacity, calls: number): CapacityStep | undefined {
  return steps.find((step) => step.calls === calls)
}

function legText(
  step: CapacityStep | undefined,
  seen: StreamObservation,
  leg: 'out' | 'back',
): string {
  const { loss, jitter, delay } = seen.legs[leg]
  const lost = `${loss.lost + loss.unattributed} of ${loss.expected} lost`
  const figures = [
    lost,
    jitter === null ? '' : `jitter ${jitter.running.p95.toFixed(1)} ms`,
    delay === null ? '' : `queue ${delay.aboveMinimum.p95.toFixed(1)} ms`,
  ].filter((text) => text !== '')
  const worst = step?.worst ?? null
  const word =
    worst === null
      ? 'held'
      : worst.ruling.verdict === 'fail'
        ? `BROKE ${worst.id}`
        : `undecided ${worst.id} ${worst.ruling.reason}`
  return `${word}: ${figures.join(', ')}`
}

/** The instrument's own error at this load. */
function hostText({ instrument }: StreamObservation): string {
  const { lateness, notSent, receiveOverflows, hostDrops } = instrument
  const dropped = Math.max(receiveOverflows ?? 0, hostDrops ?? 0)
  return [
    lateness === null ? '' : `late p99 ${lateness.p99Ms.toFixed(1)} ms`,
    `${notSent} not sent`,
    dropped === 0 ? '' : `${dropped} dropped`,
  ]
    .filter((text) => text !== '')
    .join(', ')
}

function linkLines(ramp: Ramp, { codec, peer }: StreamObservation): string[] {
  const calls = sustainedBy(ramp)
  if (calls === null) return []
  const { ipKbit, ethernetKbit } = linkRate(calls, codec, peer.address)
  const text =
    `${calls} calls take ${rateText(ipKbit)} each way as IP packets, ${rateText(ethernetKbit)} with ` +
    `Ethernet (${ETHERNET_OCTETS} octets a packet: header and FCS, no VLAN tag, no tunnel); queue and ` +
    'jitter are 95th percentiles, queue above the fastest packet'
  return indent(text, WIDTH, 2)
}
