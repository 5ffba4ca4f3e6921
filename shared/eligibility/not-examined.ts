import type { ClauseAnswer } from './clause-schema.ts'
import type { Eligibility } from './document.ts'

/** What no probe sees, or this bundle does not hold: said in every document. */
const ALWAYS: Eligibility['notExamined'] = [
  {
    what: 'what a hard outage is, and whether this was one',
    why: 'the handbook does not define it; the outage is given, not found',
  },
  {
    what: 'handlers that the customer’s staff made',
    why: 'the handbook takes them out of outage credits; no probe sees them',
  },
  {
    what: 'applications that the customer or a partner developed',
    why: 'the handbook takes them out of its service levels; no probe sees them',
  },
  {
    what: 'more than 10 000 agents or 20 000 users, which void the service levels',
    why: 'counted in the vendor’s systems, not on the network',
  },
  {
    what: 'queues, duplex and VLANs of devices that the agent does not see',
    why: 'an end-to-end probe proves the ways it tested, never all devices',
  },
  {
    what: 'ports, names and DHCP',
    why: 'they are no part of the standards that this clause names; see the readiness check',
  },
  {
    what: 'what the site file says: circuits, owners, peak calls, waived lines',
    why: 'it is the word of who wrote the plan or the site file; a log can date it, nobody measured it',
  },
  {
    what: 'a self-test of the instruments at the start and the end',
    why: 'its result is not recorded; each window states the instrument’s own error instead',
  },
]

/** Lines of which nothing could be held in the reference, then what is never examined. */
export function notExamined(answers: readonly ClauseAnswer[]): Eligibility['notExamined'] {
  const bare = answers.filter(({ tally, answer }) => {
    const { met, notMet } = tally.reference
    return answer === 'CANNOT BE DETERMINED' && met + notMet === 0
  })
  const lines = bare.map(({ id, title, leg, farEnd, segment, why }) => {
    const at = [leg, farEnd, segment].filter((word) => word !== undefined && word !== 'none')
    return { what: [id, title, at.join(' ')].filter((part) => part !== '').join(', '), why }
  })
  return [...lines, ...ALWAYS]
}
