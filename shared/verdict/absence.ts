import type { Profile } from '../profile/schema.ts'
import type { FarEndName, Site } from '../profile/site.ts'
import { SESSION_LOST, type StreamObservation } from '../record/observation.ts'
import { underOwnLoad } from './coverage.ts'
import { dscpName } from './dscp-name.ts'
import { joinDetail, type Ruling } from './ruling.ts'

/** Why nothing can be judged of a far end that was not heard. */
export function absence(
  scope: { readonly profile: Profile; readonly site: Site | null },
  name: FarEndName,
  all: readonly StreamObservation[],
  voice: readonly StreamObservation[],
): Ruling {
  if (voice.length === 0) return neverLooked(scope, name, all)
  if (voice.every(underOwnLoad)) {
    const detail = 'a run with load of its own was under way'
    return { verdict: 'inconclusive', reason: 'own-load', detail }
  }
  const sent = voice.reduce((sum, o) => sum + o.instrument.sent, 0)
  const causes = new Set(voice.flatMap((o) => o.gaps.map((gap) => gap.cause)))
  const detail = joinDetail(`${sent} packets sent, none answered`, [...causes].join(', '))
  const elsewhere = voice.find((o) => o.answeredFrom !== undefined)
  if (elsewhere !== undefined) {
    return { verdict: 'inconclusive', reason: 'answered-elsewhere', detail: addresses(elsewhere) }
  }
  if (sent === 0 && causes.has('refused')) {
    return { verdict: 'inconclusive', reason: 'refused', detail }
  }
  if (sent > 0 || SESSION_LOST.some((cause) => causes.has(cause))) {
    return { verdict: 'inconclusive', reason: 'no-reply', detail }
  }
  if (voice.some((o) => o.instrument.notSent > 0)) {
    return { verdict: 'inconclusive', reason: 'host', detail: 'this host sent no packet at all' }
  }
  return { verdict: 'not-tested', reason: 'no-data', detail: [...causes].join(', ') }
}

/** `asked at 10.1.0.10 port 4000, answers came from 10.1.0.11 port 4000` */
function addresses({ peer, answeredFrom: from }: StreamObservation): string {
  const asked = `asked at ${peer.address} port ${peer.port}`
  return from === undefined
    ? asked
    : `${asked}, answers came from ${from.address} port ${from.port}`
}

function neverLooked(
  scope: { readonly profile: Profile; readonly site: Site | null },
  name: FarEndName,
  all: readonly StreamObservation[],
): Ruling {
  const { profile, site } = scope
  if (all.length > 0) {
    const marks = [...new Set(all.map((o) => dscpName(o.dscp)))].join(', ')
    const detail = `only streams marked ${marks}, voice is ${dscpName(profile.media.dscp)}`
    return { verdict: 'not-tested', reason: 'no-data', detail }
  }
  if (site !== null && site.farEnds[name] === undefined) {
    const detail = `farEnds.${name} is missing`
    return { verdict: 'not-tested', reason: 'far-end-not-configured', detail }
  }
  return { verdict: 'not-tested', reason: 'no-data' }
}
