import type { Site } from '../profile/site.ts'
import type { LineTime } from './timeline.ts'

/** Who has to act on a line, by the contract's table of responsibilities and the site file. */
export interface Owner {
  readonly name: string
  /** On which row or value that rests. */
  readonly why: string
}

/** Nothing was seen of the network then: it is in nobody's hand who keeps it. */
const WHO_LOADED: Owner = {
  name: 'whoever asks for runs of load',
  why: 'the agent loaded the way itself: no fault of a network was seen',
}

/**
 * Whose hand a line is in. The table gives a circuit to whoever provides it (RAC-2, RAC-3), shares
 * upkeep of networks (RAC-1), and leaves what it does not name to the customer.
 */
export function ownerOf(line: LineTime, site: Site | null): Owner {
  if (line.worst.finding.reason === 'own-load') return WHO_LOADED
  if (line.segment !== null) return segmentOwner(line.segment, site)
  switch (line.kind) {
    case 'one-way-delay':
    case 'jitter':
    case 'segment-loss':
    case 'marking':
    case 'qos':
    case 'bandwidth':
      return wayOwner(line, site)
    case 'ports':
      return {
        name: 'customer network team, with whoever runs the far end',
        why: 'firewalls on the way; networks are kept by both sides (RAC-1)',
      }
    default:
      return {
        name: 'customer network team',
        why: 'the site is the customer’s own network (RAC-1, default rule)',
      }
  }
}

function wayOwner({ farEnd }: LineTime, site: Site | null): Owner {
  const provider = farEnd === 'none' ? undefined : site?.farEnds[farEnd]?.circuitProvider
  if (provider !== undefined) {
    return {
      name: `${provider}, or the site’s own network`,
      why: `provides the ${farEnd} circuit by the site file (RAC-2, RAC-3); voip-ready path tells which of the two`,
    }
  }
  return {
    name: 'whoever provides the circuit, or the site’s own network',
    why: 'the vendor where the vendor provides it (RAC-2), else the customer (RAC-3); the site file does not say (circuitProvider)',
  }
}

function segmentOwner(segment: string, site: Site | null): Owner {
  const owner = site?.segments?.find(({ name }) => name === segment)?.owner
  if (owner !== undefined) return { name: owner, why: `runs segment ${segment} by the site file` }
  return {
    name: `whoever runs segment ${segment}`,
    why: 'the site file names no owner of it',
  }
}
