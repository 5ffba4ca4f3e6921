import { createSocket } from 'node:dgram'
import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { isIPv6 } from 'node:net'
import { networkInterfaces } from 'node:os'
import { basename, join } from 'node:path'

/** What the kernel says of one network interface; null where it does not say. */
export interface Nic {
  readonly name: string
  readonly speedMbit: number | null
  readonly duplex: 'full' | 'half' | null
  readonly wireless: boolean
  /** No cable of its own: a tunnel, a bridge, a container's or a virtual machine's end. */
  readonly virtual: boolean
  readonly driver: string | null
  readonly carrier: boolean | null
  /** 802.1Q id of its frames. */
  readonly vlan: number | null
  /** Interfaces that it is made of (bond, bridge, VLAN). */
  readonly below: readonly string[]
}

/** Where the kernel tells of interfaces; copies of them in tests. */
export interface NicSources {
  readonly sys: string
  readonly vlans: string
  readonly cpu: string
}

const REAL: NicSources = {
  sys: '/sys/class/net',
  vlans: '/proc/net/vlan',
  cpu: '/proc/cpuinfo',
}

/** Drivers of interfaces that a hypervisor paints: their duplex and speed are made up. */
const PAINTED: ReadonlySet<string> = new Set([
  ...['virtio_net', 'vmxnet3', 'hv_netvsc', 'vif', 'xen_netfront', 'ena', 'gve', 'veth', 'tun'],
])

/** Reads one interface from sysfs (Linux; elsewhere nothing is known of it). */
export function readNic(name: string, from: Partial<NicSources> = {}): Nic {
  const { sys, vlans, cpu } = { ...REAL, ...from }
  const speed = Number(readText(join(sys, name, 'speed')) ?? Number.NaN)
  const duplex = readText(join(sys, name, 'duplex'))
  const carrier = readText(join(sys, name, 'carrier'))
  const driver = driverOf(join(sys, name))
  return {
    name,
    speedMbit: Number.isFinite(speed) && speed > 0 ? speed : null,
    duplex: duplex === 'full' || duplex === 'half' ? duplex : null,
    wireless: existsSync(join(sys, name, 'wireless')) || existsSync(join(sys, name, 'phy80211')),
    virtual:
      !existsSync(join(sys, name, 'device')) || PAINTED.has(driver ?? '') || isGuest(readText(cpu)),
    driver,
    carrier: carrier === undefined ? null : carrier === '1',
    vlan: vlanIdIn(readText(join(vlans, name))),
    below: belowOf(join(sys, name)),
  }
}

/** The interface through which packets to an address leave; undefined where none does. */
export async function nicTowards(address: string, local?: string): Promise<string | undefined> {
  const socket = createSocket(isIPv6(address) ? 'udp6' : 'udp4')
  try {
    if (local !== undefined) await settled(socket, (done) => socket.bind(0, local, done))
    // Connecting a datagram socket sends nothing; the kernel only chooses the way.
    await settled(socket, (done) => socket.connect(9, address, done))
    const [own, zone] = socket.address().address.split('%')
    if (zone !== undefined) return zone
    const all = Object.entries(networkInterfaces())
    return all.find(([, addresses]) => addresses?.some((one) => one.address === own))?.[0]
  } catch {
    return undefined
  } finally {
    socket.close()
  }
}

/** Interfaces that carry traffic beyond this host, when no far end says which one matters. */
export function outerNics(): string[] {
  return Object.entries(networkInterfaces())
    .filter(([, addresses]) => addresses?.some((one) => !one.internal) === true)
    .map(([name]) => name)
}

function settled(
  socket: ReturnType<typeof createSocket>,
  begin: (done: () => void) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once('error', reject)
    begin(() => {
      socket.off('error', reject)
      resolve()
    })
  })
}

/** x86 tells a guest that it is one; of what it then sees, no duplex is that of a real port. */
function isGuest(cpuinfo: string | undefined): boolean {
  return /^flags\s*:.*\bhypervisor\b/m.test(cpuinfo ?? '')
}

/** `/proc/net/vlan/eth0.120` begins with `eth0.120  VID: 120  REORDER_HDR: 1 ...`. */
function vlanIdIn(text: string | undefined): number | null {
  const found = /\bVID:\s*(\d{1,4})\b/.exec(text ?? '')
  const id = Number(found?.[1])
  return found !== null && id <= 4095 ? id : null
}

function driverOf(folder: string): string | null {
  try {
    return basename(readlinkSync(join(folder, 'device', 'driver')))
  } catch {
    return null
  }
}

function belowOf(folder: string): string[] {
  try {
    const names = readdirSync(folder).filter((entry) => entry.startsWith('lower_'))
    return names.map((entry) => entry.slice('lower_'.length)).sort()
  } catch {
    return []
  }
}

function readText(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8').trim()
  } catch {
    // Virtual and unplugged interfaces answer EINVAL.
    return undefined
  }
}
