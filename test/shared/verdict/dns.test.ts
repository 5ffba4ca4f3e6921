import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type DnsAnswer, DnsOutcomeSchema } from '../../../shared/record/dns.ts'
import {
  answer,
  dns,
  dnsBoth,
  NAMING_PROFILE,
  NAMING_SITE,
  namingFinding,
  namingVerdict,
  SERVERS,
  service,
} from './naming-scenes.ts'
import { START, siteWith } from './scenes.ts'

const LINES = ['DNS-1', 'DNS-3', 'DNS-5', 'DNS-6', 'SRV-1', 'SRV-2'] as const
const SIP = '_sip._udp.svc.local'

test('what both servers give exactly passes, in any order and case', () => {
  for (const id of LINES) expect(`${id} ${namingVerdict([dns()], id)}`).toBe(`${id} pass as-wanted`)
})

type Row = readonly [
  fact: string,
  id: string,
  name: string,
  change: Partial<DnsAnswer>,
  verdict: string,
]

const EMPTY = { addresses: [], services: [] }
const BOTH: readonly Row[] = [
  [
    'another address',
    'DNS-3',
    'one.svc.local',
    { addresses: ['192.0.2.9'] },
    'fail dns-wrong-value',
  ],
  [
    'one of two addresses',
    'DNS-6',
    'prov.svc.local',
    { addresses: ['192.0.2.1'] },
    'fail dns-wrong-value',
  ],
  [
    'the other of two still there',
    'DNS-5',
    'prov.svc.local',
    { addresses: ['192.0.2.1'] },
    'pass as-wanted',
  ],
  [
    'a third address',
    'DNS-5',
    'prov.svc.local',
    { addresses: ['192.0.2.1', '192.0.2.2', '192.0.2.3'] },
    'fail dns-extra',
  ],
  ['more than were kept', 'DNS-3', 'one.svc.local', { more: 1 }, 'fail dns-extra'],
  [
    'another port',
    'SRV-1',
    SIP,
    { services: [service('one.svc.local', { port: 5061 }), service('two.svc.local')] },
    'fail dns-wrong-value',
  ],
  [
    'another weight',
    'SRV-1',
    SIP,
    { services: [service('one.svc.local', { weight: 1 }), service('two.svc.local')] },
    'fail dns-wrong-value',
  ],
  [
    'another priority',
    'SRV-1',
    SIP,
    { services: [service('one.svc.local', { priority: 1 }), service('two.svc.local')] },
    'fail dns-wrong-value',
  ],
  [
    'one of two services',
    'SRV-2',
    SIP,
    { services: [service('one.svc.local')] },
    'fail dns-wrong-value',
  ],
  [
    'a third service',
    'SRV-1',
    SIP,
    { services: [service('one.svc.local'), service('two.svc.local'), service('six.svc.local')] },
    'fail dns-extra',
  ],
  [
    'a target without address',
    'SRV-2',
    'two.svc.local',
    { ...EMPTY, outcome: 'empty' },
    'fail dns-dangling-target',
  ],
  [
    'a target that nobody knows',
    'SRV-2',
    'two.svc.local',
    { ...EMPTY, outcome: 'nxdomain' },
    'fail dns-dangling-target',
  ],
  [
    'a target asked of a silent server',
    'SRV-2',
    'two.svc.local',
    { ...EMPTY, outcome: 'silent' },
    'inconclusive no-answer',
  ],
  [
    'cut off without TCP',
    'DNS-3',
    'one.svc.local',
    { ...EMPTY, outcome: 'truncated' },
    'inconclusive no-answer',
  ],
  [
    'an unknown error code',
    'DNS-3',
    'one.svc.local',
    { ...EMPTY, outcome: 'other-rcode', rcode: 9 },
    'fail dns-server-error',
  ],
]

test.each(BOTH)('%s (%s)', (_fact, id, name, change, verdict) => {
  expect(namingVerdict([dnsBoth(name, change)], id)).toBe(verdict)
})

test('one wrong server fails what another gets right, and both are named', () => {
  const finding = namingFinding([dns({ 'one.svc.local': { addresses: ['192.0.2.9'] } })], 'DNS-3')
  expect(`${finding.verdict} ${finding.reason}`).toBe('fail dns-disagreement')
  expect(finding.detail).toContain(`192.0.2.9, not 192.0.2.1, from ${SERVERS[0]}`)
  expect(finding.detail).toContain(`192.0.2.1 from ${SERVERS[1]}`)
})

test('a server that fails beside a right one is a failing server, and no other opinion', () => {
  for (const [outcome, rcode, words] of [
    ['servfail', 2, 'SERVFAIL'],
    ['refused', 5, 'REFUSED'],
  ] as const) {
    const seen = dns({ 'one.svc.local': { ...EMPTY, outcome, rcode } })
    const finding = namingFinding([seen], 'DNS-3')
    expect(`${finding.verdict} ${finding.reason}`).toBe('fail dns-server-error')
    expect(finding.detail).toContain(`${words} from ${SERVERS[0]}; 192.0.2.1 from ${SERVERS[1]}`)
    expect(finding.advice).toContain('mend its forwarding of the zone')
  }
  const other = dns({ 'one.svc.local': { ...EMPTY, outcome: 'nxdomain', rcode: 3 } })
  expect(namingVerdict([other], 'DNS-3')).toBe('fail dns-disagreement')
})

test('a wrong answer beside a server that fails is the reason, whichever is asked first', () => {
  const wrong = dnsBoth('one.svc.local', { addresses: ['192.0.2.9'] })
  for (const failing of SERVERS) {
    const answers = wrong.answers.map((one) =>
      one.name === 'one.svc.local' && one.server === failing
        ? { ...one, ...EMPTY, outcome: 'servfail' as const, rcode: 2 }
        : one,
    )
    const finding = namingFinding([{ ...wrong, answers }], 'DNS-3')
    expect(`${finding.verdict} ${finding.reason}`).toBe('fail dns-wrong-value')
    expect(finding.detail).toContain(`SERVFAIL from ${failing}`)
  }
})

test('a wrong answer outweighs silence, silence outweighs a right one', () => {
  const silent = { ...EMPTY, outcome: 'silent' as const }
  expect(namingVerdict([dns({ 'one.svc.local': silent })], 'DNS-3')).toBe('inconclusive no-answer')
  const wrong = dnsBoth('one.svc.local', { addresses: ['192.0.2.9'] })
  const first = wrong.answers.find(({ name }) => name === 'one.svc.local')
  const answers = wrong.answers.map((one) => (one === first ? { ...one, ...silent } : one))
  expect(namingVerdict([{ ...wrong, answers }], 'DNS-3')).toBe('fail dns-wrong-value')
})

test('a server that was never asked leaves the line open', () => {
  const seen = dns()
  const answers = seen.answers.filter((o) => o.server !== SERVERS[1] || o.name !== 'one.svc.local')
  expect(namingVerdict([{ ...seen, answers }], 'DNS-3')).toBe('inconclusive no-answer')
})

test('a record whose line has no value yet is nobody’s extra, a second one is', () => {
  const site = siteWith()
  expect(namingVerdict([dns()], 'DNS-5', { site })).toBe('pass as-wanted')
  expect(namingVerdict([dns()], 'DNS-6', { site })).toBe('not-tested needs-site-value')
  const three = dnsBoth('prov.svc.local', { addresses: ['192.0.2.1', '192.0.2.2', '192.0.2.3'] })
  expect(namingVerdict([three], 'DNS-5', { site })).toBe('fail dns-extra')
})

test('the other records of a name are expected also when one line alone is judged', () => {
  const onlyLines = ['DNS-5']
  expect(namingVerdict([dns()], 'DNS-5', { onlyLines })).toBe('pass as-wanted')
})

test('short names: DHCP’s suffix or the system’s own answer proves them, the suffix of this host does not', () => {
  const search = { host: ['home.local'], dhcp: [] }
  expect(namingVerdict([dns({}, { search })], 'DNS-1')).toBe('inconclusive short-name-unproven')
  const lookup = (addresses: string[]) => [
    { name: 'ONE', outcome: 'answer' as const, addresses, ms: 1 },
  ]
  const found = dns({}, { search, system: lookup(['192.0.2.1']) })
  expect(namingVerdict([found], 'DNS-1')).toBe('pass as-wanted')
  const astray = dns({}, { search, system: lookup(['192.0.2.9']) })
  expect(namingVerdict([astray], 'DNS-1')).toBe('inconclusive short-name-unproven')
})

test('.local: what this host’s own resolver says is told, and decides nothing', () => {
  const system = [{ name: 'one.svc.local', outcome: 'not-found' as const, addresses: [], ms: null }]
  const finding = namingFinding([dns({}, { system })], 'DNS-3')
  expect(finding.verdict).toBe('pass')
  expect(finding.detail).toContain('multicast DNS')
})

test('a name that was not asked for was not tested; no look at all neither', () => {
  const seen = dns()
  const answers = seen.answers.filter(({ name }) => name !== 'one.svc.local')
  expect(namingVerdict([{ ...seen, answers }], 'DNS-3')).toBe('not-tested probe-not-run')
  expect(namingVerdict([], 'DNS-3')).toBe('not-tested probe-not-run')
  expect(namingVerdict([dns()], 'DNS-6', { site: null })).toBe('not-tested needs-site-value')
})

test('of several looks the newest decides', () => {
  const old = { ...dnsBoth('one.svc.local', { addresses: ['192.0.2.9'] }), to: START + 20 }
  expect(namingVerdict([dns(), old], 'DNS-3')).toBe('pass as-wanted')
})

test('whatever servers answer, only the right set passes', () => {
  const values = ['192.0.2.1', '192.0.2.2', '192.0.2.9']
  const outcome = fc.constantFrom(...DnsOutcomeSchema.options)
  const said = fc.record({ outcome, addresses: fc.subarray(values), more: fc.nat(1) })
  fc.assert(
    fc.property(said, said, (one, two) => {
      const seen = dns(
        {},
        {
          answers: [one, two].map(({ addresses, ...rest }, i) =>
            answer(
              'prov.svc.local',
              { ...rest, addresses: rest.outcome === 'answer' ? addresses : [] },
              SERVERS[i],
            ),
          ),
        },
      )
      const right = (o: typeof one) =>
        o.outcome === 'answer' && o.more === 0 && o.addresses.join() === '192.0.2.1,192.0.2.2'
      const { verdict } = namingFinding([seen], 'DNS-5', {
        profile: NAMING_PROFILE,
        site: NAMING_SITE,
      })
      if (!right(one) || !right(two)) {
        const partly = [one, two].every(
          (o) =>
            o.outcome === 'answer' &&
            o.addresses.includes('192.0.2.1') &&
            o.more === 0 &&
            !o.addresses.includes('192.0.2.9'),
        )
        expect(verdict === 'pass').toBe(partly)
      } else expect(verdict).toBe('pass')
    }),
  )
})
