import type { StreamObservation } from '../../shared/record/observation.ts'
import { type Checkup, good, lacking } from './advice.ts'

type Capabilities = StreamObservation['instrument']['capabilities']

/** What the packet engine can do here, one line per thing a clause needs. */
export function judgeCapabilities(can: Capabilities): Checkup[] {
  const onLinux = 'run the agent on Linux, where koffi can be installed'
  const stamps = `receive ${can.receiveStamp}, transmit ${can.transmitStamp}`
  return [
    can.engine === 'linux'
      ? good('packet engine', 'linux (kernel sockets)')
      : lacking(
          'packet engine',
          'degraded',
          'dgram (portable)',
          'VRN-5 is inconclusive; VRN-3 and -4 are coarser',
          onLinux,
        ),
    can.receiveStamp === 'kernel' && can.transmitStamp === 'kernel'
      ? good('packet stamps', stamps)
      : lacking('packet stamps', 'degraded', stamps, 'VRN-3, -4: host load enters them', onLinux),
    can.setTos && can.seeTos
      ? good('marks', 'can be set and seen')
      : lacking(
          'marks',
          'missing',
          `${can.setTos ? 'can' : 'cannot'} be set, ${can.seeTos ? 'can' : 'cannot'} be seen`,
          'VRN-5 is inconclusive',
          onLinux,
        ),
    can.scheduling === 'normal'
      ? lacking(
          'scheduling',
          'missing',
          'normal priority',
          'sends come later on a busy host',
          'grant CAP_SYS_NICE',
        )
      : good('scheduling', can.scheduling),
  ]
}

/** What the kernel says of its own clock, and what that does to one-way delay (VRN-3). */
export function judgeClock(clock: StreamObservation['clocks']['agent']): Checkup {
  const name = 'clock'
  const repair = 'install chrony or another NTP client and give it a server in reach'
  if (clock.source === 'none') {
    const costs = 'VRN-3 rests on round trips alone (150 to 300 ms stays inconclusive)'
    return lacking(name, 'missing', 'this system does not say how good it is', costs, repair)
  }
  if (!clock.synchronised) {
    const costs = 'VRN-3 rests on round trips alone (150 to 300 ms stays inconclusive)'
    return lacking(name, 'degraded', 'not synchronised', costs, repair)
  }
  const error = clock.maxErrorMs === null ? 'unknown' : `${clock.maxErrorMs.toFixed(1)} ms`
  // A bound as wide as the clause's own limit decides no more than none.
  if (clock.maxErrorMs === null || clock.maxErrorMs > 50) {
    const costs = 'VRN-3 is decided more coarsely'
    return lacking(name, 'degraded', `synchronised, error up to ${error}`, costs, repair)
  }
  return good(name, `synchronised, error up to ${error}`)
}

/** What a stream over loopback shows of the instrument itself: no network is in it. */
export function judgeSelfTest(seen: StreamObservation): Checkup[] {
  return [judgeDeparture(seen), judgePacing(seen), judgeNoise(seen)]
}

function judgeDeparture(seen: StreamObservation): Checkup {
  const name = 'mark leaves this host'
  const { proof, tos } = seen.legs.out.egress
  const mark = tos === null ? 'none' : `DSCP ${tos >> 2}`
  if (proof === 'watched') return good(name, `${mark}, watched leaving`)
  const costs = 'VRN-5: a mark that does not arrive cannot be blamed on the network'
  return lacking(name, 'missing', `${mark}, not watched (${proof})`, costs, 'grant CAP_NET_RAW')
}

function judgePacing(seen: StreamObservation): Checkup {
  const name = 'timer'
  const { lateness, sent, scheduled, stalls } = seen.instrument
  if (lateness === null || sent === 0) {
    return lacking(name, 'broken', 'no packet was sent', 'all', 'see the messages above')
  }
  const found =
    `${sent} of ${scheduled} sent, late by p50 ${lateness.p50Ms.toFixed(2)} ms, ` +
    `p99 ${lateness.p99Ms.toFixed(2)} ms, at most ${lateness.maxMs.toFixed(2)} ms`
  if (sent === scheduled && lateness.p99Ms < 5 && stalls === 0) return good(name, found)
  const costs = 'windows may become inconclusive: host'
  return lacking(name, 'degraded', found, costs, 'give this host more CPU, or move the agent')
}

function judgeNoise(seen: StreamObservation): Checkup {
  const name = 'noise floor (loopback)'
  const [out, back] = [seen.legs.out.jitter, seen.legs.back.jitter]
  if (out === null || back === null) {
    return lacking(name, 'broken', 'no packet came back', 'all', 'see the messages above')
  }
  const text = (p99: number) => (p99 < 1 ? `${Math.round(p99 * 1000)} us` : `${p99.toFixed(1)} ms`)
  const found = `jitter p99 out ${text(out.running.p99)}, back ${text(back.running.p99)}`
  if (out.running.p99 < 3 && back.running.p99 < 3) return good(name, found)
  const costs = 'VRN-4: this much of every figure is the host, not the network'
  return lacking(name, 'degraded', found, costs, 'give this host more CPU, or move the agent')
}
