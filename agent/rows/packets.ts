import { decodeAgentRows, decodeArrivalRows } from '../../shared/measure/raw-rows-read.ts'

/** A packet of a window as a person reads it; null: not known, did not happen. */
export interface Packet {
  readonly stream: number
  readonly sequence: number
  readonly [name: string]: number | string | null
}

export interface ReadPackets {
  readonly packets: readonly Packet[]
  /** Stretches of packets that left and were not heard of again (agent) or did not arrive. */
  readonly runs: readonly {
    readonly stream: number
    readonly first: number
    readonly packets: number
  }[]
}

/** Every packet of a window's raw rows, and its runs of loss; null when these are none. */
export function packetsOf(bytes: Uint8Array): ReadPackets | null {
  const packets = agentPackets(bytes) ?? reflectorPackets(bytes)
  return packets && { packets, runs: runsOf(packets) }
}

function agentPackets(bytes: Uint8Array): Packet[] | null {
  const streams = decodeAgentRows(bytes)
  if (streams === null) return null
  return streams.flatMap((rows, stream) =>
    Array.from({ length: rows.count }, (_, i) => {
      const at = (values: Float64Array) => timeOf(rows.baseSeconds, values[i])
      const seen = (values: Int16Array) => octet(values[i])
      return {
        ...{ stream, sequence: rows.firstSequence + i },
        ...{ due: at(rows.dueNs), sent: at(rows.sentNs), reached: at(rows.reachedNs) },
        ...{ returned: at(rows.returnedNs), dwellMs: ms(rows.dwellNs[i]) },
        rttMs: ms(rows.returnedNs[i]! - rows.sentNs[i]! - rows.dwellNs[i]!),
        ...{ reply: octet(rows.replySequence[i]), order: octet(rows.arrivalOrder[i]) },
        ...{ tosOut: seen(rows.tosOut), ttlOut: seen(rows.ttlOut) },
        ...{ tosBack: seen(rows.tosBack), ttlBack: seen(rows.ttlBack) },
        ...{ duplicatesOut: rows.duplicatesOut[i]!, duplicatesBack: rows.duplicatesBack[i]! },
        lost: rows.replySequence[i]! < 0 && !Number.isNaN(rows.sentNs[i]) ? 1 : 0,
      }
    }),
  )
}

function reflectorPackets(bytes: Uint8Array): Packet[] | null {
  const streams = decodeArrivalRows(bytes)
  if (streams === null) return null
  return streams.flatMap((rows) =>
    Array.from({ length: rows.count }, (_, i) => ({
      ...{ stream: rows.stream, sequence: rows.firstSequence + i },
      sent: timeOf(rows.baseSeconds, rows.sentNs[i]),
      arrived: timeOf(rows.baseSeconds, rows.arrivedNs[i]),
      order: octet(rows.order[i]),
      ...{ tos: octet(rows.tos[i]), ttl: octet(rows.ttl[i]) },
      lost: Number.isNaN(rows.arrivedNs[i]) ? 1 : 0,
    })),
  )
}

function runsOf(packets: readonly Packet[]) {
  const runs: { stream: number; first: number; packets: number }[] = []
  let open: { stream: number; first: number; packets: number } | null = null
  for (const { stream, sequence, lost } of packets) {
    if (lost !== 1) open = null
    else if (open !== null && open.stream === stream) open.packets += 1
    else {
      open = { stream, first: sequence, packets: 1 }
      runs.push(open)
    }
  }
  return runs
}

/** Wall time in UTC to the nanosecond. */
function timeOf(baseSeconds: number, ns: number | undefined): string | null {
  if (ns === undefined || Number.isNaN(ns)) return null
  const whole = Math.floor(ns / 1e9)
  const rest = String(ns - whole * 1e9).padStart(9, '0')
  return `${new Date((baseSeconds + whole) * 1000).toISOString().slice(0, 19)}.${rest}Z`
}

function ms(ns: number | undefined): number | null {
  return ns === undefined || Number.isNaN(ns) ? null : Math.round(ns) / 1e6
}

function octet(value: number | undefined): number | null {
  return value === undefined || value < 0 ? null : value
}
