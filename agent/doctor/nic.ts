import { createSocket } from 'node:dgram'
import { existsSync, readFileSync } from 'node:fs'
import { isIPv6 } from 'node:net'
import { networkInterfaces } from 'node:os'
import { join } from 'node:path'
import { type Checkup, good, lacking } from './advice.ts'

/** What the kernel says of one network interface; null where it does not say. */
export interface Nic {
  readonly name: string
  readonly speedMbit: number | null
  readonly duplex: 'full' | 'half' | null
  readonly wireless: boolean
  /** No device behind it: a tunnel, a bridge, or the inside of a container or virtual network. */
  readonly virtual: boolean
}

/** Reads one interface from sysfs. @param root `/sys/class/net`, or a copy of it in tests */
export function readNic(name: string, root = '/sys/class/net'): Nic {
  const speed = Number(readAttribute(root, name, 'speed') ?? Number.NaN)
  const duplex = readAttribute(root, name, 'duplex')
  return {
    name,
    speedMbit: Number.isFinite(speed) && speed > 0 ? speed : null,
    duplex: duplex === 'full' || duplex === 'half' ? duplex : null,
    wireless: existsSync(join(root, name, 'wireless')) || existsSync(join(root, name, 'phy80211')),
    virtual: !existsSync(join(root, name, 'device')),
  }
}

/** The interface through which packets to an address leave; undefined where none does. */
export async function nicTowards(address: string): Promise<string | undefined> {
  const socket = createSocket(isIPv6(address) ? 'udp6' : 'udp4')
  try {
    // Connecting a datagram socket sends nothing; the kernel only chooses the way.
    await new Promise<void>((resolve, reject) => {
      socket.once('error', reject)
      socket.connect(9, address, resolve)
    })
    const local = socket.address().address
    const all = Object.entries(networkInterfaces())
    return all.find(([, addresses]) => addresses?.some((one) => one.address === local))?.[0]
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

/** What an interface means for clause VRN-2 (full duplex) and for the figures. */
export function judgeNic(nic: Nic): Checkup {
  const name = `interface ${nic.name}`
  const speed = nic.speedMbit === null ? 'speed unknown' : `${nic.speedMbit} Mbit/s`
  if (nic.wireless) {
    return lacking(
      name,
      'degraded',
      `wireless, ${speed}`,
      'VRN-2 cannot be judged; VRN-3, -4 and -6 show the radio as well as the network',
      'measure over a cable',
    )
  }
  if (nic.duplex === 'half') {
    const repair = 'set both ends of this cable to automatic negotiation or to full duplex'
    return lacking(name, 'degraded', `half duplex, ${speed}`, 'VRN-2 fails here', repair)
  }
  if (nic.virtual) {
    const found = `virtual, ${speed}, duplex ${nic.duplex ?? 'unknown'}`
    const repair = 'run the agent on a host of its own with a real interface'
    return lacking(name, 'missing', found, 'VRN-2: says nothing about the switch', repair)
  }
  if (nic.duplex === null) {
    const repair = 'look at the switch port, or use a driver that tells'
    return lacking(name, 'missing', `duplex unknown, ${speed}`, 'VRN-2 cannot be judged', repair)
  }
  return good(name, `full duplex, ${speed}`)
}

function readAttribute(root: string, name: string, attribute: string): string | undefined {
  try {
    return readFileSync(join(root, name, attribute), 'utf8').trim()
  } catch {
    // Virtual and unplugged interfaces answer EINVAL.
    return undefined
  }
}
