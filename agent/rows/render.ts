import type { RowsNote } from './frame.ts'
import type { Packet, ReadPackets } from './packets.ts'
import type { Found, KeptRows } from './read.ts'

/** Milliseconds since 1970 as UTC. */
export function utcMs(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`
}

/** What a window in the ring is, for programs. */
export function noteJson({ note, place }: KeptRows) {
  return { ...note, octetsOnDisk: place.body }
}

/** The windows found, and what the ring says of those that it has not; at most 100 columns. */
export function foundText(found: Found, states: readonly (string | null)[]): string {
  const lines = found.kept.map(({ note, place }, i) => {
    const whose = note.farEnd ?? `${note.key ?? ''} ${note.session ?? ''}`
    const size = `${Math.ceil(place.body / 1000)} kB`.padStart(7)
    const state = states[i] === null ? '' : `  ${states[i]}`
    const rows = String(note.rows).padStart(6)
    return `${utcMs(note.from)}  ${whose.padEnd(9)} ${rows} rows ${size}  ${note.sha256.slice(0, 16)}${state}`
  })
  const absent = found.absent.map(
    ({ absent, windows, from, to }) =>
      `${utcMs(from)} to ${utcMs(to)}: ${windows} windows were not kept: ${absent}`,
  )
  const torn = found.torn.map((name) => `${name}: ends in the middle of a window`)
  const since =
    found.since === null
      ? 'no raw rows are kept here'
      : `kept since ${utcMs(found.since)}; what is older was removed or never kept`
  return `${[...lines, ...absent, ...torn, `${found.kept.length} windows; ${since}`].join('\n')}\n`
}

export function damagedText(note: RowsNote, why: string): string {
  return `${utcMs(note.from)} ${note.sha256}: ${why}: no longer what was signed for\n`
}

/** The packets of a window. Text: the runs of loss, and every packet where that was asked. */
export function packetsText(
  note: RowsNote,
  { packets, runs }: ReadPackets,
  format: 'text' | 'json' | 'csv',
  all: boolean,
): string {
  if (format === 'json') return `${JSON.stringify({ window: note, intact: true, runs, packets })}\n`
  const names = Object.keys(packets[0] ?? {})
  if (format === 'csv') {
    const lines = packets.map((packet) => names.map((name) => packet[name] ?? '').join(','))
    return `${[names.join(','), ...lines].join('\n')}\n`
  }
  const lost = runs.reduce((sum, run) => sum + run.packets, 0)
  const head = [
    `${utcMs(note.from)} to ${utcMs(note.to)} UTC  ${note.farEnd ?? `session ${note.session}`}`,
    `sha256 ${note.sha256}: these rows have this digest; a bundle tells whether it was signed`,
    `${packets.length} packets, ${lost} ${note.side === 'agent' ? 'without an answer' : 'that did not arrive'}, in ${runs.length} runs`,
    ...runs.map(
      ({ stream, first, packets: n }) =>
        `  call ${stream}: ${n} from sequence ${first} (${secondOf(packets, stream, first)})`,
    ),
  ]
  return `${[...head, ...(all ? packets.map(packetText) : [])].join('\n')}\n`
}

function secondOf(packets: readonly Packet[], stream: number, sequence: number): string {
  const found = packets.find((one) => one.stream === stream && one.sequence === sequence)
  return String(found?.due ?? found?.sent ?? 'time not known')
}

function packetText(packet: Packet): string {
  const { stream, sequence, sent, lost } = packet
  const time = String(sent ?? '-').slice(11)
  const how = lost === 1 ? 'lost' : packetFacts(packet)
  return `${String(stream).padStart(4)} ${String(sequence).padStart(9)}  ${time.padEnd(19)} ${how}`
}

function packetFacts(packet: Packet): string {
  if ('arrived' in packet)
    return `arrived ${String(packet.arrived).slice(11)} tos ${packet.tos} ttl ${packet.ttl}`
  const { rttMs, dwellMs, tosOut, ttlOut, tosBack, ttlBack } = packet
  return `rtt ${rttMs} ms, dwell ${dwellMs} ms, tos ${tosOut}/${tosBack} ttl ${ttlOut}/${ttlBack}`
}
