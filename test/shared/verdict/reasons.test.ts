import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { findingsDigest } from '../../../shared/evidence/findings-digest.ts'
import { nodeCrypto } from '../../../shared/evidence/node-crypto.ts'
import type { Observation } from '../../../shared/record/kinds.ts'
import type { JudgeInput } from '../../../shared/verdict/judge.ts'
import { REASONS, type ReasonCode } from '../../../shared/verdict/reasons.ts'
import { JUDGING_RULES } from '../../../shared/verdict/rules.ts'
import { link, nic } from './links.ts'
import { NAMING_CASES } from './naming-reasons.ts'
import { group, look, portProfile, UDP_OPEN } from './port-looks.ts'
import { pair, underLoad } from './qos-looks.ts'
import {
  delayOf,
  jitterOf,
  judged,
  lossOf,
  MINUTE,
  marks,
  PACKETS,
  START,
  silent,
  siteWith,
  spread,
  stream,
} from './scenes.ts'

const LONG = { rtt: spread(200), rttReachesLimit: PACKETS }
const VERY_LONG = { rtt: spread(310), rttReachesLimit: PACKETS, rttReachesTwiceLimit: PACKETS }
const LOSSY = pair({ change: { out: { loss: lossOf(300) } } }, {}, null)
const UNKNOWN_LEG = lossOf(0, PACKETS, 300)
const gap = (cause: 'refused' | 'no-session' | 'own-load') => ({
  from: START,
  to: START + MINUTE,
  cause,
})
const ONLY_PRIMARY = siteWith({ farEnds: { primary: { reflector: '192.0.2.1' } } })
const HALF_INTERNET = siteWith({
  farEnds: {
    primary: { reflector: '192.0.2.1' },
    secondary: { reflector: '192.0.2.2', path: 'Internet' },
  },
})

const PORTS = { profile: portProfile() }

const BOOT = '0123456789abcdef'

type Case = readonly [observations: readonly Observation[], change?: Partial<JudgeInput>]

/** One scene for every reason; the key is the reason that it must produce. */
const CASES: { readonly [R in ReasonCode]: Case } = {
  'within-limit': [[stream()]],
  'over-limit': [[stream({ out: { jitter: jitterOf(30) } })]],
  'rtt-proves-fail': [
    [stream({ ...VERY_LONG, out: { delay: delayOf(0, 310) }, back: { delay: delayOf(0, 310) } })],
  ],
  'clock-uncertain': [[stream({ ...LONG, out: { delay: delayOf(100, 200) } })]],
  'clock-fault': [[stream({ ...LONG, clocks: { fault: 'contradiction', offset: null } })]],
  'too-few-packets': [[stream({ out: { loss: lossOf(0, 150) } })]],
  disagreement: [
    [{ ...stream({ out: { loss: lossOf(0, PACKETS, 45) } }), contradictedReceipts: 1 }],
  ],
  'leg-unknown': [[stream({ out: { loss: lossOf(0, PACKETS, 45) } })]],
  'round-trip-proves-loss': [[stream({ out: { loss: UNKNOWN_LEG }, back: { loss: UNKNOWN_LEG } })]],
  'limits-not-held': [[stream({ out: { jitter: jitterOf(30) } })]],
  'other-limit': [[stream({ out: { jitter: jitterOf(2, PACKETS, 50) } })]],
  'partly-observed': [[stream()], { to: START + 2 * MINUTE }],
  'one-reflector': [
    [stream({ reflectorBoot: BOOT }), stream({ farEnd: 'secondary', reflectorBoot: BOOT })],
  ],
  'mark-changed': [[stream({ out: { tos: marks([0, PACKETS]) } })]],
  'mark-arrived': [[stream()]],
  'egress-unproven': [
    [stream({ out: { tos: marks([0, PACKETS]), egress: { tos: 184, proof: 'socket-option' } } })],
  ],
  'marked-at-host': [
    [stream({ out: { tos: marks([0, PACKETS]), egress: { tos: 0, proof: 'watched' } } })],
  ],
  'cannot-mark': [[stream({ capabilities: { setTos: false }, out: { tos: marks([0, PACKETS]) } })]],
  'cannot-see-mark': [[stream({ out: { tos: { seen: [], unseen: PACKETS } } })]],
  host: [[stream({ instrument: { receiveOverflows: 90 }, back: { loss: lossOf(90) } })]],
  'no-reply': [[silent(PACKETS)]],
  'answered-elsewhere': [
    [silent(0, { gaps: [gap('no-session')], answeredFrom: { address: '192.0.2.7', port: 4000 } })],
  ],
  refused: [[silent(0, { gaps: [gap('refused')] })]],
  'own-load': [[stream({ gaps: [gap('own-load')], out: { loss: lossOf(900) } })]],
  'fewer-calls': [[stream()], { site: siteWith({ peakCalls: 2 }) }],
  'needs-site-value': [[stream()], { site: siteWith({ peakCalls: undefined }) }],
  'far-end-not-configured': [[stream()], { site: ONLY_PRIMARY }],
  waived: [[stream()], { site: siteWith({ waive: { 'VRN-2': 'no wired interface here' } }) }],
  'probe-not-run': [[stream()]],
  'half-duplex': [[link({ interfaces: [nic({ duplex: 'half' })] })]],
  'full-duplex': [[link()]],
  'duplex-unseen': [[link({ interfaces: [nic({ medium: 'virtual' })] })]],
  'vlan-contradiction': [
    [link({ interfaces: [nic({ vlan: 120 })] })],
    { site: siteWith({ voiceVlan: 100 }) },
  ],
  'vlan-agrees': [
    [link({ interfaces: [nic({ vlan: 100 })] })],
    { site: siteWith({ voiceVlan: 100 }) },
  ],
  'vlan-unconfirmed': [[link()]],
  ...NAMING_CASES,
  'load-not-tested': [[stream()]],
  'priority-kept': [[underLoad()]],
  'no-priority': [[underLoad({ loaded: pair({ aboveMs: 90 }, { aboveMs: 90 }) })]],
  'no-congestion': [[underLoad({ loaded: pair({}, {}), ended: 'cap' })]],
  'broken-before-load': [[underLoad({ before: LOSSY, loaded: pair({}, {}) })]],
  'priority-unclear': [[underLoad({ loaded: pair({ aboveMs: 45 }, { aboveMs: 90 }) })]],
  'segment-contradiction': [
    [stream({ segment: 'lan', out: { loss: lossOf(300) } }), stream()],
    { site: siteWith({ segments: [{ name: 'lan', reflector: '192.0.2.9' }] }) },
  ],
  'ports-open': [[look()], PORTS],
  'handshake-only': [[look([group('open', { proof: 'handshake' }), UDP_OPEN])], PORTS],
  'port-refused': [[look([group('refused')])], PORTS],
  'port-filtered': [[look([group('filtered')])], PORTS],
  'port-unreachable': [[look([group('unreachable')])], PORTS],
  'port-intercepted': [[look([group('intercepted')])], PORTS],
  'port-blocked-out': [[look([group('blocked-out', { proto: 'udp', ports: [5060] })])], PORTS],
  'port-blocked-back': [[look([group('blocked-back', { proto: 'udp', ports: [5060] })])], PORTS],
  'port-behind-nat': [
    [look([], { seenAs: '203.0.113.7', legs: { out: [], back: [group('refused'), UDP_OPEN] } })],
    { profile: portProfile({ initiator: 'dc' }) },
  ],
  'other-path': [[look()], { profile: portProfile({ path: 'Internet' }), site: HALF_INTERNET }],
  'port-silent': [[look([group('silent', { proto: 'udp', ports: [5060] })])], PORTS],
  'one-way-protocol': [[look([group('one-way-protocol', { proto: 'udp', ports: [5060] })])], PORTS],
  'not-listening': [[look([group('not-listening')])], PORTS],
  'no-responder': [[look([group('open', { proof: 'handshake' })], { responder: 'silent' })], PORTS],
  'port-not-tested': [[look([group('not-tested'), UDP_OPEN])], PORTS],
  'no-voice-leg': [
    [stream({ path: 'RVA' })],
    { site: siteWith({ farEnds: { primary: { reflector: '192.0.2.1', path: 'RVA' } } }) },
  ],
  'no-data': [[]],
}

test.each(Object.keys(CASES) as ReasonCode[])('%s is produced, with its advice', (reason) => {
  const [observations, change] = CASES[reason]
  const found = judged(observations, change).findings.filter((f) => f.reason === reason)
  expect(found.length).toBeGreaterThan(0)
  for (const finding of found) {
    const wanted = finding.verdict !== 'pass' && REASONS[reason].advice !== ''
    expect(finding.advice === '').toBe(!wanted)
    if (wanted)
      expect(finding.advice).toMatch(
        new RegExp(
          `check --site FILE --only ${finding.id}\\b|may never decide|voip-ready (capacity|qos) --`,
        ),
      )
  }
})

test('a session that never opened is no reply, and no loss', () => {
  const judgement = judged([silent(0, { gaps: [gap('no-session')] })])
  const primary = judgement.findings.filter(
    (f) => f.farEnd === 'primary' && f.id.startsWith('VRN-'),
  )
  const streams = primary.filter((f) => f.leg !== 'none')
  expect(new Set(streams.map((f) => `${f.verdict} ${f.reason}`))).toEqual(
    new Set(['inconclusive no-reply']),
  )
  expect(streams[0]?.detail).toContain('10:00:00-10:01:00 (no-session)')
})

test('answers from elsewhere are named with both addresses', () => {
  const [observations] = CASES['answered-elsewhere']
  const found = judged(observations).findings.find(({ reason }) => reason === 'answered-elsewhere')
  expect(found?.detail).toContain('answers came from 192.0.2.7 port 4000')
  expect(found?.detail).toContain('asked at ')
  expect(found?.advice).toContain('--listen')
})

test('packets into the dark without a receipt are no proof of loss', () => {
  const findings = judged([silent(PACKETS)]).findings.filter((f) => f.id === 'VRN-6')
  expect(findings.filter((f) => f.verdict === 'fail')).toEqual([])
})

// A scene more alone changes the digest too, and needs no new number.
test('who changes what comes out of the same records gives the rules a new number', () => {
  const digests = Object.values(CASES).map(([seen, change]) =>
    findingsDigest(nodeCrypto, judged(seen, change).findings),
  )
  const digest = createHash('sha256').update(digests.join()).digest('hex')
  expect(`${JUDGING_RULES} ${digest.slice(0, 16)}`).toBe('7 e7ee46827d20b9aa')
})
