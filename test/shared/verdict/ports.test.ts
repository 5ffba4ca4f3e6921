import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  HELD_ELSEWHERE,
  PLACE_UNKNOWN,
  type PortGroup,
  PortStateSchema,
} from '../../../shared/record/ports.ts'
import { group, look, portProfile, UDP_OPEN } from './port-looks.ts'
import { findingAt, judged, MINUTE, START, siteWith } from './scenes.ts'

const profile = portProfile()
const rowAt = (looks: Parameters<typeof judged>[0], change = {}) =>
  findingAt(judged(looks, { profile, ...change }), 'RCM-01')

test('a row passes when every port was proven open, and says how many', () => {
  expect(rowAt([look()])).toMatchObject({ verdict: 'pass', reason: 'ports-open', n: 3, detail: '' })
})

test('failing ports are named compactly, the worst one gives the reason', () => {
  const out = [
    group('open', { ports: [8107] }),
    group('filtered', { ports: [8106] }),
    group('blocked-back', { proto: 'udp', ports: [5060] }),
  ]
  expect(rowAt([look(out)])).toMatchObject({
    verdict: 'fail',
    reason: 'port-filtered',
    detail: 'tcp 8106 filtered, udp 5060 blocked-back',
  })
})

test('where one port is enough, one is; and where none is, the row does not pass', () => {
  const any = { profile: portProfile({ match: 'any' }) }
  const one = [group('filtered'), UDP_OPEN]
  expect(rowAt([look(one)], any)).toMatchObject({ verdict: 'pass' })
  const none = [group('filtered'), group('blocked-out', { proto: 'udp', ports: [5060] })]
  expect(rowAt([look(none)], any)).toMatchObject({ verdict: 'fail' })
})

test.each([
  ['site', 'low', 'initiator: dc (no direction is printed)'],
  ['dc', 'medium', 'initiator: site (no direction is printed)'],
  ['both', 'low', 'initiator: site (or dc) (no direction is printed)'],
] as const)(
  'a row that %s opens by assumption, %s, fails with what else it may be',
  (initiator, confidence, says) => {
    const shut = [group('filtered'), UDP_OPEN]
    const seen = look([], { legs: { out: shut, back: shut } })
    const found = (sure: string) => {
      const assumed = portProfile({ initiator, confidence: sure })
      return judged([seen], { profile: assumed }).findings.find(({ verdict }) => verdict === 'fail')
    }
    expect(found(confidence)?.advice).toContain(`set ports.RCM-01.${says}`)
    expect(found('high')?.advice).not.toContain('initiator')
  },
)

test('ports with a slash between them say that one may be enough, where one is open', () => {
  const slash = { profile: portProfile({ printed: ['EWS', 'MPLS', 'TCP', '8106/8107'] }) }
  const some = [group('filtered', { ports: [8106] }), group('open', { ports: [8107] }), UDP_OPEN]
  const words = 'where one of 8106/8107 is enough here, set ports.RCM-01.match: any'
  expect(rowAt([look(some)], slash).advice).toContain(words)
  expect(rowAt([look(some)]).advice).not.toContain('match: any')
  const none = [group('filtered'), group('blocked-out', { proto: 'udp', ports: [5060] })]
  expect(rowAt([look(none)], slash).advice).not.toContain('match: any')
})

test('a row printed for the MPLS circuit says where it was tried over another', () => {
  const over = (path: 'MPLS' | 'RVA' | 'Internet', model: 'LCM' | 'RCM' = 'RCM') => {
    const { verdict, detail } = rowAt([{ ...look(), path }], { profile: { ...profile, model } })
    return [verdict, detail]
  }
  const printed = 'printed for the MPLS circuit, and tried over'
  expect(over('Internet')).toEqual(['pass', `${printed} the Internet`])
  expect(over('RVA')).toEqual(['pass', `${printed} a remote-access circuit (RVA)`])
  // Of LCM the source says MPLS or VPN.
  expect(over('RVA', 'LCM')).toEqual(['pass', ''])
  expect(over('MPLS')).toEqual(['pass', ''])
})

test('a site that turns a row round has it judged on the other leg', () => {
  const site = siteWith({ ports: { 'RCM-01': { initiator: 'dc' } } })
  const { findings } = judged([look()], { profile, site })
  const legs = findings.filter((found) => found.id === 'RCM-01' && found.farEnd === 'primary')
  expect(legs).toMatchObject([{ leg: 'back', verdict: 'not-tested' }])
})

test('a row of the Internet path is judged over the Internet alone, whatever is open elsewhere', () => {
  const internet = portProfile({ path: 'Internet' })
  const shut = look([group('filtered'), UDP_OPEN])
  for (const seen of [look(), shut]) {
    const { findings } = judged([seen], { profile: internet })
    expect(findings.filter(({ id }) => id === 'RCM-01')).toMatchObject([
      { verdict: 'not-tested', reason: 'needs-site-value', detail: 'missing: ports.RCM-01.hosts' },
    ])
    // Nothing is known of the site: the look says over which circuit it was.
    const blind = judged([seen], { profile: internet, site: null })
    expect(findingAt(blind, 'RCM-01', 'none')).toMatchObject({ reason: 'other-path' })
  }
  const site = siteWith({ farEnds: { primary: { reflector: '192.0.2.1', path: 'Internet' } } })
  const over = (seen: typeof shut) =>
    rowAt([{ ...seen, path: 'Internet' }], { profile: internet, site }).verdict
  expect([over(look()), over(shut)]).toEqual(['pass', 'fail'])
})

test('the table is of the data centres: a site point neither passes nor fails it', () => {
  const at = (responder?: string) => {
    const primary = { reflector: '192.0.2.1', at: 'site', ...(responder && { responder }) }
    const site = siteWith({ farEnds: { primary, secondary: { reflector: '192.0.2.2' } } })
    return [look(), look([group('filtered'), UDP_OPEN])].map((seen) => {
      const { findings } = judged([seen], { profile, site })
      const found = findings.find(({ id, farEnd }) => id === 'RCM-01' && farEnd === 'primary')
      return `${found?.verdict} ${found?.reason}`
    })
  }
  expect(at()).toEqual(Array(2).fill('not-tested needs-site-value'))
  expect(at('192.0.2.9')).toEqual(['pass ports-open', 'fail port-filtered'])
})

test('that nobody dialled for want of a responder is not laid on this host', () => {
  const site = siteWith({ ports: { 'RCM-01': { initiator: 'dc' } } })
  const reasonAt = (responder: 'answers' | 'absent') => {
    const back = [group('not-tested', { cause: 'nobody dialled' })]
    const seen = judged([{ ...look([], { responder }), legs: { out: [], back } }], {
      profile,
      site,
    })
    return seen.findings.find(({ farEnd, id }) => id === 'RCM-01' && farEnd === 'primary')
  }
  expect(reasonAt('absent')).toMatchObject({ verdict: 'not-tested', reason: 'no-responder' })
  expect(reasonAt('answers')).toMatchObject({ verdict: 'not-tested', reason: 'port-not-tested' })
})

test('behind a NAT what does not come in convicts nobody, but an answer that is lost on its way out does', () => {
  const dialled = portProfile({ initiator: 'dc' })
  const at = (state: 'refused' | 'filtered' | 'intercepted' | 'blocked-out', seenAs?: string) => {
    const legs = { out: [], back: [group(state), UDP_OPEN] }
    const seen = look([], { legs, ...(seenAs === undefined ? {} : { seenAs }) })
    const { findings } = judged([seen], { profile: dialled })
    return findings.find((one) => one.id === 'RCM-01' && one.farEnd === 'primary')
  }
  for (const state of ['refused', 'filtered', 'intercepted'] as const) {
    expect(at(state)).toMatchObject({ verdict: 'fail', reason: `port-${state}` })
    const translated = at(state, '203.0.113.7')
    expect(translated).toMatchObject({ verdict: 'inconclusive', reason: 'port-behind-nat' })
    expect(translated?.detail).toContain("dialled at 203.0.113.7, a NAT's address")
  }
  expect(at('blocked-out', '203.0.113.7')).toMatchObject({ verdict: 'fail' })
})

test('the newest look counts, port by port', () => {
  const old = look([group('filtered'), UDP_OPEN], { to: START + 10 })
  expect(rowAt([look([group('open')]), old])).toMatchObject({ verdict: 'pass' })
})

test('a dynamic row is judged on a sample of the range that the site gives, and says so', () => {
  const site = siteWith({ rtpPorts: [16_384, 16_393] })
  const dynamic = { profile: portProfile({ dynamic: true, tcp: [], udp: [] }), site }
  const ports: PortGroup['ports'] = [[16_384, 16_393]]
  const open = look([group('open', { proto: 'udp', ports })])
  const found = rowAt([open], dynamic)
  expect(found).toMatchObject({ verdict: 'pass', n: 10 })
  expect(found.detail).toContain('sample of 10 ports')
  const without = judged([open], { profile: portProfile({ dynamic: true, tcp: [], udp: [] }) })
  expect(findingAt(without, 'RCM-01', 'none', 'none')).toMatchObject({ reason: 'needs-site-value' })
  const unheld = [look([group('not-listening', { proto: 'udp', ports })])]
  expect(rowAt(unheld, dynamic).advice).toContain('--respond-rtp FIRST-LAST')
})

test('a port that the responder holds at another address fails nobody, and what mends it is named', () => {
  const elsewhere = group('not-listening', { proto: 'tcp', cause: HELD_ELSEWHERE })
  const found = rowAt([look([elsewhere, UDP_OPEN])])
  expect(found).toMatchObject({ verdict: 'inconclusive', reason: 'not-listening' })
  expect(found.detail).toContain(HELD_ELSEWHERE)
  expect(found.advice).toContain('as responder of this far end in the site file')
  const old = rowAt([look([group('not-listening', { cause: PLACE_UNKNOWN }), UDP_OPEN])])
  expect(old).toMatchObject({ verdict: 'inconclusive', reason: 'not-listening' })
  expect(old.advice).toContain('bring the reflector there up to date')
})

test('no port passes but by an open state with its proof, whoever says what', () => {
  const states = fc.constantFrom(...PortStateSchema.options)
  const proofs = fc.constantFrom(
    'nonce' as const,
    'protocol' as const,
    'handshake' as const,
    'none' as const,
  )
  const responders = fc.constantFrom(
    'answers' as const,
    'silent' as const,
    'absent' as const,
    'not-asked' as const,
  )
  fc.assert(
    fc.property(states, proofs, responders, (state, proof, responder) => {
      const out = [group(state, { proof }), UDP_OPEN]
      const { verdict } = rowAt([look(out, { responder })])
      const proven =
        state === 'open' && (proof === 'nonce' || (responder === 'answers' && proof !== 'none'))
      expect(verdict === 'pass').toBe(proven)
    }),
  )
})

test('a port that was not looked at is not tested, and never passes', () => {
  expect(rowAt([look([group('open')])])).toMatchObject({
    verdict: 'not-tested',
    detail: 'udp 5060 not looked at',
  })
  expect(judged([], { profile, to: START + MINUTE }).overall).not.toBe('READY')
})

test('of several hosts that a site names each must hold', () => {
  const site = siteWith({
    ports: { 'RCM-01': { hosts: ['a.example', 'b.example'], match: 'any' } },
  })
  const at = (target: string, state: PortGroup['state']) =>
    look([group(state, { proof: state === 'open' ? 'handshake' : 'none' })], {
      ...{ farEnd: 'none' as const, target, responder: 'not-asked' as const },
    })
  const found = judged([at('a.example', 'open'), at('b.example', 'filtered')], { profile, site })
  expect(findingAt(found, 'RCM-01', 'out', 'none').verdict).not.toBe('pass')
  const both = judged([at('a.example', 'open'), at('b.example', 'open')], { profile, site })
  expect(findingAt(both, 'RCM-01', 'out', 'none')).toMatchObject({
    verdict: 'pass',
    reason: 'handshake-only',
  })
})
