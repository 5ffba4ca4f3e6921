import type { Capabilities } from '../types.ts'
import { probeEgress } from './egress-watch.ts'
import { readHostClock } from './host-clock.ts'
import type { Libc } from './libc.ts'
import { loadLibc } from './libc.ts'
import { probeRawIcmp } from './raw-icmp.ts'
import { ThreadScheduling } from './scheduling.ts'
import { probeSocketOptions } from './socket.ts'

/** What this host lets the linux engine do, with the errno of what it refuses (0 = granted). */
export interface LinuxProbe {
  readonly setTos: number
  readonly seeTos: number
  readonly seeTtl: number
  readonly stamps: number
  readonly seeEgress: number
  readonly rawIcmp: number
  readonly scheduling: Capabilities['scheduling']
  readonly clockSynchronised: boolean
}

/** Tries everything and leaves nothing behind; throws a Fault where the engine cannot load. */
export function probeLinux(): LinuxProbe {
  const libc = loadLibc()
  const scheduling = new ThreadScheduling(libc, () => 0)
  const reached = scheduling.raise()
  scheduling.restore()
  return {
    ...probeSockets(libc),
    scheduling: reached,
    clockSynchronised: readHostClock(libc).synchronised,
  }
}

/** The part of the probe that concerns sockets, as errno values. */
export function probeSockets(libc: Libc): Omit<LinuxProbe, 'scheduling' | 'clockSynchronised'> {
  return {
    ...probeSocketOptions(libc),
    seeEgress: probeEgress(libc),
    rawIcmp: probeRawIcmp(libc),
  }
}
