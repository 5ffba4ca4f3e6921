import type { LinuxProbe } from './linux/probe.ts'
import { describeErrno } from './system-error.ts'

/** What the absence of each capability costs, and how to have it. */
export const CAPABILITY_COSTS = {
  engine: {
    cost: 'without the linux engine no mark, TTL or kernel stamp is seen: marking and jitter lines stay inconclusive',
    repair: 'run on Linux and install with optional dependencies (koffi)',
  },
  setTos: {
    cost: 'packets leave unmarked, so the voice class of the network is not what is measured',
    repair: 'run the linux engine',
  },
  seeTos: {
    cost: 'marks on arrival are not seen: DSCP lines stay inconclusive',
    repair: 'run the linux engine',
  },
  seeTtl: {
    cost: 'hop counts are not seen: a path change shows only in delay',
    repair: 'run the linux engine',
  },
  stamps: {
    cost: 'stamps include the delay of this program, some 0.1 to 2 ms: jitter near its limit stays inconclusive',
    repair: 'use a kernel with SO_TIMESTAMPING (any mainline Linux)',
  },
  scheduling: {
    cost: 'packets may leave milliseconds late under load; kernel stamps keep the figures right',
    repair: 'grant CAP_SYS_NICE (docker: cap_add SYS_NICE)',
  },
  seeEgress: {
    cost: 'that the mark leaves this host is believed from the socket option, not watched',
    repair: 'grant CAP_NET_RAW (docker: cap_add NET_RAW)',
  },
  rawIcmp: {
    cost: 'no path trace: where a mark or a packet is lost cannot be localised',
    repair: 'grant CAP_NET_RAW (docker: cap_add NET_RAW)',
  },
  hostClock: {
    cost: 'one-way delay is bounded by round trips alone; near the limit it stays inconclusive',
    repair: 'run chrony or another NTP client that disciplines the kernel clock',
  },
} as const

export type CapabilityName = keyof typeof CAPABILITY_COSTS

export const CAPABILITY_NAMES = Object.keys(CAPABILITY_COSTS) as readonly CapabilityName[]

export interface Finding {
  readonly present: boolean
  readonly found: string
}

/** One capability's state out of a probe of this host. */
export function findingOf(name: CapabilityName, probe: LinuxProbe): Finding {
  switch (name) {
    case 'engine':
      return { present: true, found: 'linux' }
    case 'scheduling':
      return { present: probe.scheduling === 'fifo', found: probe.scheduling }
    case 'hostClock':
      return probe.clockSynchronised
        ? { present: true, found: 'synchronised' }
        : { present: false, found: 'the kernel clock is not synchronised, or cannot be asked' }
    default:
      return probe[name] === 0
        ? { present: true, found: 'granted' }
        : { present: false, found: describeErrno(probe[name]) }
  }
}
