import type { Profile } from '../../../shared/profile/schema.ts'
import type { PortGroup, PortsObservation } from '../../../shared/record/ports.ts'
import { lineWith, MINUTE, profileWith, START } from './scenes.ts'

/** The test profile's one port row, as tcp 8106-8107 and udp 5060 opened by the site. */
export function portProfile(change: object = {}): Profile {
  const row = { dynamic: false, tcp: [[8106, 8107]], udp: [5060], initiator: 'site', ...change }
  return profileWith({ requirements: lineWith('RCM-01', row) })
}

export function group(state: PortGroup['state'], change: Partial<PortGroup> = {}): PortGroup {
  const proof = state === 'open' ? 'nonce' : 'none'
  return { proto: 'tcp', state, proof, cause: '', ports: [[8106, 8107]], ms: [], ...change }
}

export const UDP_OPEN = group('open', { proto: 'udp', ports: [5060] })

/** A look at one far end's ports; without anything said, all of the row is open. */
export function look(
  out: readonly PortGroup[] = [group('open'), UDP_OPEN],
  change: Partial<PortsObservation> = {},
): PortsObservation {
  return {
    kind: 'ports',
    farEnd: 'primary',
    target: '192.0.2.1',
    responder: 'answers',
    path: 'MPLS',
    from: START,
    to: START + MINUTE / 2,
    legs: { out: [...out], back: [] },
    ...change,
  }
}
