import { readFileSync } from 'node:fs'
import { type Checkup, good, lacking } from './advice.ts'

/** Bits of the capability set (linux/capability.h), what each is for, and what its lack costs. */
const WANTED = [
  {
    bit: 13,
    name: 'CAP_NET_RAW',
    costs: 'VRN-5: a lost mark stays inconclusive (departures unwatched); no path trace',
  },
  {
    bit: 23,
    name: 'CAP_SYS_NICE',
    costs: 'later sends on a busy host: VRN-3, -4 may become inconclusive',
  },
  {
    bit: 10,
    name: 'CAP_NET_BIND_SERVICE',
    costs: 'DHCP lines, and a responder on ports below 1024',
  },
] as const

/** What this process may do, read from the kernel. @param status text of /proc/self/status */
export function judgePrivileges(status: string | undefined): Checkup[] {
  const found = /^CapEff:\s*([0-9a-f]+)$/m.exec(status ?? '')
  if (found?.[1] === undefined) {
    return [
      lacking(
        'privileges',
        'missing',
        'this system has no Linux capabilities',
        'VRN-5 is inconclusive; no path trace',
        'run the agent on Linux',
      ),
    ]
  }
  const held = BigInt(`0x${found[1]}`)
  return WANTED.map(({ bit, name, costs }) =>
    (held >> BigInt(bit)) & 1n
      ? good(name, 'granted')
      : lacking(name, 'missing', 'not granted', costs, `grant ${name} (setcap or systemd)`),
  )
}

export function readOwnStatus(): string | undefined {
  try {
    return readFileSync('/proc/self/status', 'utf8')
  } catch {
    return undefined
  }
}
