import type { NetworkSwitch } from '../../../shared/profile/site.ts'
import type { LinkSwitch, SwitchPort } from '../../../shared/record/link.ts'
import type { SnmpColumn, SnmpFailure, SnmpReader } from '../../io/snmp.ts'

/** Columns by the MIB that names them. */
export const COLUMNS = {
  /** EtherLike-MIB (RFC 3635). */
  duplex: '1.3.6.1.2.1.10.7.2.1.19',
  lateCollisions: '1.3.6.1.2.1.10.7.2.1.8',
  /** IF-MIB (RFC 2863). */
  name: '1.3.6.1.2.1.31.1.1.1.1',
  speed: '1.3.6.1.2.1.2.2.1.5',
  highSpeed: '1.3.6.1.2.1.31.1.1.1.15',
  status: '1.3.6.1.2.1.2.2.1.8',
  /** BRIDGE-MIB (RFC 4188), Q-BRIDGE-MIB (RFC 4363): bridge port to interface, and its PVID. */
  bridgePort: '1.3.6.1.2.1.17.1.4.1.2',
  pvid: '1.3.6.1.2.1.17.7.1.4.5.1.1',
} as const
type ColumnName = keyof typeof COLUMNS
type Columns = Partial<Record<ColumnName, SnmpColumn>>

/** dot3StatsDuplexStatus. */
const DUPLEX: ReadonlyMap<unknown, SwitchPort['duplex']> = new Map([
  [2, 'half'],
  [3, 'full'],
])
const UP = 1
const MOST_PORTS = 24
const MOST_NAMES = 64

/** Reads one switch, column by column; the first failure ends it, an empty column does not. */
export async function readSwitch(
  target: NetworkSwitch,
  open: (target: NetworkSwitch) => Promise<SnmpReader>,
): Promise<LinkSwitch> {
  const reader = await open(target)
  const columns: Columns = {}
  try {
    for (const name of Object.keys(COLUMNS) as ColumnName[]) {
      const column = await reader.column(COLUMNS[name])
      if (!column.ok) return failed(target, column.error)
      columns[name] = column.value
    }
  } finally {
    reader.close()
  }
  return switchFrom(target, columns)
}

/** What the columns say of the ports that matter: those that the site names, else all. Pure. */
export function switchFrom(target: NetworkSwitch, columns: Columns): LinkSwitch {
  const all = portsIn(columns)
  const wanted = target.ports?.map(String)
  const isWanted = (port: Port) =>
    wanted === undefined || wanted.includes(port.name ?? '') || wanted.includes(`${port.index}`)
  const ports = all.filter(isWanted)
  const absent = (wanted ?? []).filter(
    (name) => !all.some((port) => port.name === name || `${port.index}` === name),
  )
  const up = ports.filter((port) => port.up)
  const counts = { full: 0, half: 0, unknown: 0, down: ports.length - up.length }
  for (const { duplex } of up) counts[duplex]++
  const shown = up
    .filter((port) => wanted !== undefined || isOdd(port))
    // Half duplex first: what convicts must not be cut off.
    .sort((a, b) => rank(a) - rank(b) || a.index - b.index)
    .slice(0, MOST_PORTS)
  return {
    address: target.address,
    state: all.length === 0 ? 'no-duplex' : 'read',
    detail: '',
    counts,
    absent: absent.slice(0, MOST_NAMES).map((name) => name.slice(0, 64)),
    ports: shown.map(({ up: _, ...port }) => port),
  }
}

interface Port extends SwitchPort {
  readonly up: boolean
}

/** One port per row of the duplex column: an interface without one is no Ethernet port. */
function portsIn(columns: Columns): Port[] {
  const pvids = pvidsByInterface(columns)
  return [...(columns.duplex ?? [])].flatMap(([row, status]): Port[] => {
    const index = Number(row)
    if (!Number.isSafeInteger(index) || index < 0) return []
    const name = columns.name?.get(row)
    return [
      {
        index,
        name: typeof name === 'string' && name !== '' ? name : null,
        duplex: DUPLEX.get(status) ?? 'unknown',
        speedMbit: speedOf(columns, row),
        lateCollisions: countAt(columns.lateCollisions, row),
        pvid: pvids.get(index) ?? null,
        // A port of which the switch does not say that it is up, counts: better asked than missed.
        up: (columns.status?.get(row) ?? UP) === UP,
      },
    ]
  })
}

/** ifHighSpeed is in Mbit/s; ifSpeed in bit/s, and at its end above 4 Gbit/s. */
function speedOf(columns: Columns, row: string): number | null {
  const high = countAt(columns.highSpeed, row)
  if (high !== null && high > 0) return high
  const low = countAt(columns.speed, row)
  return low === null || low === 0 || low >= 2 ** 32 - 1 ? null : Math.round(low / 1e6)
}

function pvidsByInterface(columns: Columns): ReadonlyMap<number, number> {
  const pvids = new Map<number, number>()
  for (const [bridgePort, index] of columns.bridgePort ?? []) {
    const pvid = countAt(columns.pvid, bridgePort)
    if (typeof index === 'number' && pvid !== null && pvid <= 4095) pvids.set(index, pvid)
  }
  return pvids
}

function countAt(column: SnmpColumn | undefined, row: string): number | null {
  const value = column?.get(row)
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : null
}

function isOdd(port: Port): boolean {
  return port.duplex !== 'full' || (port.lateCollisions ?? 0) > 0
}

function rank({ duplex }: Port): number {
  return duplex === 'half' ? 0 : duplex === 'unknown' ? 1 : 2
}

function failed(target: NetworkSwitch, { state, detail }: SnmpFailure): LinkSwitch {
  const counts = { full: 0, half: 0, unknown: 0, down: 0 }
  return { address: target.address, state, detail, counts, absent: [], ports: [] }
}
