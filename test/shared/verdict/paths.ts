import * as v from 'valibot'
import { type PathObservation, PathObservationSchema } from '../../../shared/record/path.ts'
import { MINUTE, START } from './scenes.ts'

const RTT = { minMs: 1, p50Ms: 1, p95Ms: 1, maxMs: 1 }

/** A way of four hops that all quote EF, with these changes; what comes out is valid. */
export function path(change: Partial<PathObservation> = {}): PathObservation {
  const hops = [1, 2, 3, 4].map((ttl) => ({
    ...{ ttl, addresses: [`10.0.${ttl}.1`], sent: 5, answered: 5, rtt: RTT },
    dscp: [{ value: 46, replies: 5 }],
  }))
  return v.parse(PathObservationSchema, {
    ...{ kind: 'path', farEnd: 'primary', peer: { address: '192.0.2.1', port: 4000 } },
    ...{ from: START, to: START + MINUTE, method: 'raw', obstacle: '', dscp: 46, left: 46, hops },
    ...{ reached: true, distance: 5, arrived: 46, returned: 46, sent: 5, answered: 5 },
    ...{ changes: [], mtu: null, ...change },
  })
}

export const BLEACHED_AT_3 = {
  from: 46,
  to: 0,
  after: { ttl: 2, address: '10.0.2.1', owner: 'Customer' },
  at: { ttl: 3, address: '10.0.3.1', owner: 'Carrier' },
} as const
