import type { Profile, RequirementOf } from './schema.ts'

export interface PortPair {
  readonly proto: 'tcp' | 'udp'
  readonly port: number
}

type PortCells = Pick<RequirementOf<'ports'>, 'tcp' | 'udp'>

/**
 * Every (protocol, port) pair that one row of the port table asks for, TCP first, in the order of
 * the row; ranges have both ends in. A dynamic row without a range from the site gives none.
 */
export function expandPorts(row: PortCells): PortPair[] {
  return [...expandRanges('tcp', row.tcp), ...expandRanges('udp', row.udp)]
}

function expandRanges(proto: PortPair['proto'], ranges: PortCells['tcp']): PortPair[] {
  return ranges.flatMap((range) => {
    const [first, last] = typeof range === 'number' ? [range, range] : range
    return Array.from({ length: last - first + 1 }, (_, i) => ({ proto, port: first + i }))
  })
}

/** From the first to the last port, both in. */
export type PortRange = readonly [first: number, last: number]

/**
 * Every UDP port that the rows of a profile name: what is held and dialled there must not be a socket of
 * our own that the kernel happened to put on it.
 */
export function udpRanges(requirements: Profile['requirements']): PortRange[] {
  const rows = requirements.flatMap((row) => (row.kind === 'ports' ? row.udp : []))
  return rows.map((range) => (typeof range === 'number' ? [range, range] : range))
}

export function isInRanges(ranges: readonly PortRange[], port: number): boolean {
  return ranges.some(([first, last]) => port >= first && port <= last)
}

export interface PortCount {
  readonly rows: number
  /** Pairs summed over the rows: a port that two rows ask for counts twice. */
  readonly pairs: number
  readonly distinctTcp: number
  readonly distinctUdp: number
}

/** Counts rows, pairs and distinct ports, for a table or for all of them. */
export function countPorts(rows: readonly PortCells[]): PortCount {
  const all = rows.flatMap(expandPorts)
  const distinct = (proto: PortPair['proto']) =>
    new Set(all.filter((pair) => pair.proto === proto).map((pair) => pair.port)).size
  return {
    rows: rows.length,
    pairs: all.length,
    distinctTcp: distinct('tcp'),
    distinctUdp: distinct('udp'),
  }
}

/** A list of ports as people write it: `5060, 8060-8061`. */
export function portText(ranges: PortCells['tcp']): string {
  return ranges
    .map((range) => (typeof range === 'number' ? `${range}` : `${range[0]}-${range[1]}`))
    .join(', ')
}

/** Ports tested of a range that is too long to test whole: a dynamic row's. */
const SAMPLE = 10

/** Both ends of a range and what lies evenly between, at most ten; the same for agent and responder. */
export function samplePorts([first, last]: readonly [number, number]): number[] {
  const steps = Math.min(SAMPLE, last - first + 1)
  if (steps === 1) return [first]
  return Array.from({ length: steps }, (_, i) =>
    Math.round(first + (i * (last - first)) / (steps - 1)),
  )
}
