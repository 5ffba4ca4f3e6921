import type {
  Chain,
  Component,
  Exclusion,
  FarEndService,
  Gap,
  Method,
  PlaceFound,
  SupportAnswer,
} from '../../shared/eligibility/around-schema.ts'
import type {
  ClauseAnswer,
  Determination,
  Stretch,
  Tally,
  Timeline,
} from '../../shared/eligibility/clause-schema.ts'
import type { Eligibility } from '../../shared/eligibility/document.ts'
import type { Answer, Phase, Place, Standing, State } from '../../shared/eligibility/terms.ts'

/**
 * A document of eligibility by hand, for renderings: two lines, one MET and one NOT MET, an outage of
 * 40 minutes, a gap, a late exclusion. What a real bundle gives comes from shared/eligibility.
 */
const HOUR = 3_600_000
const QUARTER = 900_000
const ONSET = Date.UTC(2026, 2, 2, 12, 10)
const END = ONSET + 40 * 60_000
const FROM = Date.UTC(2026, 2, 2, 8)
const TO = Date.UTC(2026, 2, 2, 18)
const HASH = 'c0ffee00'.repeat(8)
const REFERENCE = { from: Date.UTC(2026, 2, 2, 11), to: Date.UTC(2026, 2, 2, 12) }

const tally = (met: number, notMet = 0, undetermined = 0): Tally => ({
  ...{ quarterHours: met + notMet + undetermined, met, notMet, undetermined, excluded: 0 },
})
const covered = { determined: 1, seen: 1 }

function determination(
  from: number,
  state: State,
  value: number,
  of: Pick<Determination, 'unit' | 'limit' | 'op' | 'statistic'>,
): Determination {
  const phase: Phase = from < ONSET ? 'before' : 'after'
  const standing: Standing = 'both-sides'
  const passed = state === 'met'
  return {
    ...{ from, to: from + QUARTER, phase, state, verdict: passed ? 'pass' : 'fail', standing },
    ...{ reason: passed ? 'within-limit' : 'over-limit', detail: '', value, n: 45_000, ...of },
    error: [value * 0.9, value * 1.1],
  }
}

const DELAY_LINE: Place = {
  ...{ id: 'VRN-3', title: 'one-way delay of voice', leg: 'out', farEnd: 'primary' },
  required: true,
}
const LOSS_LINE: Place = {
  ...{ id: 'VRN-6', title: 'loss of a segment', leg: 'back', farEnd: 'primary', required: true },
}

function answer(place: Place, word: Answer, state: State, value: number): ClauseAnswer {
  const of =
    place.id === 'VRN-3'
      ? ({ unit: 'ms', limit: 150, op: '<', statistic: 'p95' } as const)
      : ({ unit: 'ratio', limit: 0.01, op: '<=', statistic: 'ratio' } as const)
  const last = determination(REFERENCE.to - QUARTER, state, value, of)
  const failed = state === 'not-met' ? 4 : 0
  return {
    ...{ ...place, answer: word, asClaimed: word, standing: 'both-sides' },
    why: `${4 - failed} of 4 quarter hours passed, ${failed} failed`,
    tally: {
      ...{ reference: tally(4 - failed, failed), before: tally(16 - failed, failed) },
      ...{ during: tally(0, 0, 4), after: tally(20) },
    },
    coverage: {
      ...{ reference: covered, before: covered, during: { determined: 0, seen: 0.1 } },
      after: covered,
    },
    ...{ worst: last, lastBefore: last },
    firstPassAfter: determination(Date.UTC(2026, 2, 2, 13), 'met', value / 4, of),
  }
}

function timeline(place: Place, state: State): Timeline {
  const stretch = (from: number, to: number, phase: Phase, word: State): Stretch => ({
    ...{ from, to, phase, state: word, quarterHours: (to - from) / QUARTER },
    ...{ reason: word === 'undetermined' ? 'no-reply' : 'within-limit', values: null },
  })
  const [during, after] = [REFERENCE.to, Date.UTC(2026, 2, 2, 13)]
  return {
    ...place,
    stretches: [
      stretch(FROM, REFERENCE.from, 'before', 'met'),
      stretch(REFERENCE.from, during, 'before', state),
      stretch(during, after, 'during', 'undetermined'),
      stretch(after, TO, 'after', 'met'),
    ],
  }
}

const component: Component = 'reflector'
const GAP: Gap = {
  ...{ from: ONSET, to: END, phase: 'during', farEnd: 'primary', agent: 'leeds-1' },
  ...{ cause: 'no-reply', component, detail: 'packets were sent and none was answered' },
}
const EXCLUSION: Exclusion = {
  ...{ from: REFERENCE.from, to: REFERENCE.to, id: 'mw-7', cause: 'maintenance' },
  ...{ why: 'work on the core', by: 'noc', enteredAt: END + HOUR, afterTheFact: true },
  ...{ withdrawn: false, applied: false },
}
const SERVICE: FarEndService = {
  ...{ farEnd: 'primary', state: 'silent', answered: 0, silences: [{ from: ONSET, to: END }] },
  ...{ reflector: 'restarted', lastReceiptBefore: ONSET - 500, firstReceiptAfter: END + 1000 },
  ...{ signed: true, detail: 'its session did not survive: the reflector itself was down' },
}
const FOUND: PlaceFound = {
  ...{ farEnd: 'primary', phase: 'before', where: 'segment access', what: '2.4 % lost back' },
  ...{ owner: 'Carrier MPLS', matrix: 'RAC-2', responsible: 'vendor', confidence: 'measured' },
  at: REFERENCE,
}
const METHOD: Method = {
  tools: [{ who: 'agent leeds-1', version: '0.1.0', records: 600, from: FROM, to: TO }],
  keys: [{ role: 'log', key: 'collector/1+00000000+AAAA', sha256: HASH }],
  boots: [
    {
      ...{ agent: 'leeds-1', boot: '3fae2d10-0000-4000-8000-000000000001', records: 600 },
      ...{ firstSequence: 1, lastSequence: 600, from: FROM, to: TO },
    },
  ],
  clocks: { records: 600, synchronised: 600, maxErrorMs: 1.2, faultyWindows: 0, steps: [] },
  instrument: { windows: 1200, disturbed: 3, worstStallMs: 41 },
  ...{ disagreements: [], changes: [], times: { bothSides: 600, oneSide: 0, neither: 0 } },
  acts: [{ at: END + HOUR, by: 'noc', what: 'exclusion mw-7 entered after the fact' }],
}
const CHAIN: Chain = {
  ...{ origin: 'collector/1', records: 600, entries: 620, first: null, last: null, findings: [] },
  checkpoints: { all: 600, trusted: 600, cosigned: 0, first: null, last: null },
  whole: { quarterHours: 40, of: 41, reference: 4, ofReference: 4 },
  verify: {
    command: 'node verify.mjs leeds.bundle --log-key collector.vkey',
    ...{ exit: 0, says: 'VERIFIED: what is signed holds under the keys given; nothing is missing' },
  },
}
const support = (number: number): SupportAnswer => ({
  ...{ number, question: `question ${number}`, knowledge: 'partly', answer: 'as far as data go' },
})

export const SAMPLE: Eligibility = {
  format: 'voip-ready/eligibility/1',
  tool: { name: 'voip-ready', version: '0.1.0' },
  ...{ site: 'leeds', outage: { ref: 'CASE-0002068200', from: ONSET, to: END } },
  span: { from: FROM, to: TO },
  reference: { ...REFERENCE, quarterHours: 4, rule: 'every quarter hour must have passed' },
  question: 'Did the network of leeds meet the contract when outage CASE-0002068200 began?',
  sentence: '1 line MET, 1 NOT MET, none undetermined',
  decides: 'Whether a credit is due is for the parties to the contract; this does not say so',
  contract: {
    profile: {
      ...{ id: 'pureconnect-rcm', version: '1.0.0', sha256: HASH, title: 'RCM', model: 'RCM' },
      ...{ document: 'Customer Handbook', revision: '4.6', date: '2018-09-10' },
    },
    circuits: [
      {
        ...{ farEnd: 'primary', reflector: '10.1.0.10:4000', path: 'MPLS' },
        ...{ provider: 'Example Telecom', orderedBy: 'vendor' },
      },
    ],
    parties: {
      ...{ agents: ['leeds-1'], reflectors: ['dc1'], collector: 'collector/1', forBoth: ['dc1'] },
      sightings: [
        {
          ...{ agent: 'leeds-1', farEnd: 'primary', segment: null, reflector: 'dc1' },
          ...{ address: '192.0.2.9', receipts: 60, proven: 60, from: FROM, to: TO },
        },
      ],
    },
  },
  evidence: {
    bundle: { file: 'leeds.bundle', sha256: HASH, from: FROM, to: TO },
    ...{ state: 'verified', says: 'VERIFIED', invalid: 0, suspicious: 0, missing: 0 },
  },
  answers: [answer(LOSS_LINE, 'NOT MET', 'not-met', 0.024), answer(DELAY_LINE, 'MET', 'met', 41.2)],
  ...{ counts: { met: 1, notMet: 1, cannot: 0 }, required: 'NOT MET' },
  timelines: [timeline(LOSS_LINE, 'not-met'), timeline(DELAY_LINE, 'met')],
  firstWholePassAfter: { from: Date.UTC(2026, 2, 2, 13), to: Date.UTC(2026, 2, 2, 13, 15) },
  ...{ gaps: [GAP], collectorSilences: [], late: [], exclusions: [EXCLUSION] },
  service: {
    ...{ state: 'partial-loss', sentence: 'primary was silent, secondary answered' },
    ...{ farEnds: [SERVICE], otherSites: 'not known: this bundle holds one site' },
  },
  ...{ localisation: [FOUND], method: METHOD, chain: CHAIN },
  notExamined: [{ what: 'custom handlers', why: 'no probe can see them' }],
  supportCase: [1, 2, 3, 4, 5, 6, 7, 8].map(support),
  annex: { name: 'leeds.csv', rows: 80, sha256: HASH },
  files: [{ name: 'leeds.bundle', sha256: HASH }],
}
