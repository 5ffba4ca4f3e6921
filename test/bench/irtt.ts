import type { Hosts } from './hosts.ts'
import { finished, saying, start, stop } from './processes.ts'

/** What irtt saw in one run, computed from its own per-packet stamps as voip-ready's is. */
export interface IrttRun {
  readonly sent: number
  readonly lost: number
  /** Running RFC 3550 jitter over packets, microseconds: [p99, max]. */
  readonly jitterOutUs: readonly [p99: number, max: number]
  readonly jitterBackUs: readonly [p99: number, max: number]
  readonly latenessUs: readonly [p50: number, p99: number]
  /** One-way, by both hosts' wall clocks, in order of sending; lost packets left out. */
  readonly transitsMs: { readonly out: readonly number[]; readonly back: readonly number[] }
  /** Losses that its server's count of received packets places on a leg. */
  readonly lostOn: { readonly out: number; readonly back: number }
}

interface Trip {
  readonly lost: string
  readonly timestamps: {
    readonly client: { readonly send: { wall: number }; readonly receive: { wall: number } }
    readonly server: { readonly send: { wall: number }; readonly receive: { wall: number } }
  }
}

/** One run of irtt, 20 ms x 172 B for `seconds`, between the two hosts. */
export async function runIrtt(hosts: Hosts, seconds: number): Promise<IrttRun> {
  const server = start(hosts.on('b', ['irtt', 'server']))
  try {
    await saying(server, /IPv4 listener/)
    const argv = ['irtt', 'client', '-i', '20ms', '-l', '172', '-d', `${seconds}s`]
    const client = start(
      hosts.on('a', [...argv, '--fill=rand', '--sfill=rand', '-Q', '-o', '-', hosts.addressB]),
    )
    const { code, out, err } = await finished(client)
    if (code !== 0) throw new Error(`irtt ended with ${code}: ${err}`)
    return read(out, seconds)
  } finally {
    await stop(server)
  }
}

function read(json: string, seconds: number): IrttRun {
  const text = json.slice(json.indexOf('{'))
  const result = JSON.parse(text) as { stats: { packets_sent: number }; round_trips: Trip[] }
  const trips = result.round_trips.filter((trip) => trip.lost === 'false')
  const out = trips.map(({ timestamps: t }) => t.server.receive.wall - t.client.send.wall)
  const back = trips.map(({ timestamps: t }) => t.client.receive.wall - t.server.send.wall)
  const lost = (how: string) => result.round_trips.filter((trip) => trip.lost === how).length
  return {
    sent: result.stats.packets_sent,
    lost: result.stats.packets_sent - trips.length,
    jitterOutUs: jitter(out),
    jitterBackUs: jitter(back),
    latenessUs: lateness(
      trips.map(({ timestamps }) => timestamps.client.send.wall),
      seconds,
    ),
    transitsMs: { out: out.map((ns) => ns / 1e6), back: back.map((ns) => ns / 1e6) },
    lostOn: { out: lost('true_up'), back: lost('true_down') },
  }
}

/** RFC 3550 A.8 over transit times in nanoseconds; returns p99 and max of the running value in us. */
function jitter(transits: readonly number[]): [number, number] {
  const running = runningJitter(transits).map((ns) => ns / 1000)
  return [quantile(running, 0.99), Math.max(...running)]
}

/** RFC 3550 A.8 after each packet but the first, in the unit of the transit times. */
export function runningJitter(transits: readonly number[]): number[] {
  let value = 0
  return transits.slice(1).map((transit, i) => {
    value += (Math.abs(transit - (transits[i] ?? transit)) - value) / 16
    return value
  })
}

/** How far each send was behind the 20 ms grid that the earliest send defines. */
function lateness(sends: readonly number[], seconds: number): [number, number] {
  const step = 20e6
  const first = sends[0] ?? 0
  const phase = sends.map((send) => send - first - Math.round((send - first) / step) * step)
  const earliest = Math.min(...phase.slice(0, seconds * 50))
  const late = phase.map((value) => (value - earliest) / 1000)
  return [quantile(late, 0.5), quantile(late, 0.99)]
}

export function quantile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((x, y) => x - y)
  return sorted[Math.min(sorted.length - 1, Math.ceil(q * sorted.length) - 1)] ?? Number.NaN
}
