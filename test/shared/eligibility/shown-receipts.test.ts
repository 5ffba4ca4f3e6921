import { describe, expect, test } from 'vitest'
import type { Signer } from '../../../shared/evidence/crypto.ts'
import { nodeCrypto } from '../../../shared/evidence/node-crypto.ts'
import { formatVkey, vkeyOf } from '../../../shared/evidence/vkey.ts'
import type { StreamObservation } from '../../../shared/record/observation.ts'
import type { AgentRecord } from '../../../shared/record/record.ts'
import { answerFor, outageWorld, type Told, told } from '../../support/eligibility-world.ts'
import {
  receipt,
  reflectorAt,
  SIGNERS,
  signReceipt,
  siteNaming,
} from '../../support/evidence-world.ts'
import { stream } from '../verdict/scenes.ts'

/** A quarter hour of the reference that was bad, and whose records its agent wrote anew. */
const BAD = (minute: number) => minute >= 45 && minute < 60
const FAR_ENDS = ['primary', 'secondary'] as const
type Evidence = NonNullable<AgentRecord['evidence']>
const standing = ({ found }: Told, farEnd: 'primary' | 'secondary') =>
  answerFor(found, 'VRN-6', 'out', farEnd).standing
const codes = ({ found }: Told) => [...new Set(found.chain.findings.map(({ code }) => code))]

/** Each bad minute shows the genuine receipts of one so many minutes before it. */
function replayed(minutesBefore: number) {
  const kept = new Map<number, Evidence>()
  return (one: AgentRecord, minute: number): AgentRecord => {
    const { evidence = [] } = one
    kept.set(minute, evidence)
    if (!BAD(minute)) return one
    const before = kept.get(minute - minutesBefore) ?? []
    const receipts = (at: number) => before[at]?.receipts ?? []
    return { ...one, evidence: evidence.map((own, at) => ({ ...own, receipts: receipts(at) })) }
  }
}

describe('a genuine receipt', () => {
  test.each([1, 30])('of %i minutes before backs no other minute', async (minutesBefore) => {
    const after = await told(outageWorld({ change: replayed(minutesBefore) }))
    expect(standing(after, 'primary')).toBe('one-side')
    expect(codes(after)).toContain('receipt-time')
    expect(after.found.evidence.suspicious).toBe(30)
    expect(after.text).toMatch(/of another time, or a clock\s+is wrong/)
  })

  test('of a record whose streams claim another time backs nothing', async () => {
    const later = 15 * 60_000
    const change = (one: AgentRecord, minute: number): AgentRecord => {
      if (minute < 30 || minute >= 45) return one
      const moved = <T extends { from: number; to: number }>(seen: T): T => ({
        ...{ ...seen, from: seen.from + later, to: seen.to + later },
      })
      return {
        ...one,
        observations: one.observations.map((seen) => (seen.kind === 'stream' ? moved(seen) : seen)),
        evidence: (one.evidence ?? []).map((own) => ({ ...own, from: own.from + later })),
      }
    }
    const after = await told(outageWorld({ change }))
    expect(standing(after, 'primary')).toBe('one-side')
    expect(codes(after)).toContain('stream-time')
    expect(after.found.evidence.suspicious).toBe(15)
  })

  test('of one data centre does not serve for the other', async () => {
    const change = (one: AgentRecord): AgentRecord => {
      const [primary, secondary] = one.evidence ?? []
      if (primary === undefined || secondary === undefined) throw new Error('two far ends')
      return { ...one, evidence: [primary, { ...secondary, receipts: primary.receipts }] }
    }
    const after = await told(outageWorld({ change }))
    expect(standing(after, 'primary')).toBe('both-sides')
    expect(standing(after, 'secondary')).toBe('one-side')
    expect(codes(after)).toContain('receipt-reused')
  })

  test('of a reflector that signs for both data centres tells of neither which it was', async () => {
    const other = (one: AgentRecord, minute: number): AgentRecord => {
      const { evidence = [], window } = one
      if (!BAD(minute)) return one
      // The agent has two sessions at the good data centre, and none at the bad one.
      const receipts = [receipt(SIGNERS.second, window.from, minute, 'elsewhere')]
      return {
        ...one,
        evidence: evidence.map((own) => (own.farEnd === 'primary' ? { ...own, receipts } : own)),
      }
    }
    const after = await told(outageWorld({ change: other }))
    expect(standing(after, 'primary')).toBe('one-side')
    expect(standing(after, 'secondary')).toBe('one-side')
    expect(after.found.contract.parties.forBoth).toEqual(['dc2'])
    expect(after.text).toMatch(/dc2 signed for both far ends: by which way/)
  })

  test('of another reflector than the site says stands there backs nothing', async () => {
    const key = (signer: Signer) => [formatVkey(vkeyOf(nodeCrypto, signer))]
    const site = siteNaming(key(SIGNERS.second), key(SIGNERS.reflector))
    const after = await told(outageWorld({ site }))
    expect(standing(after, 'primary')).toBe('one-side')
    expect(codes(after)).toContain('receipt-elsewhere')
    expect(after.text).toMatch(
      /reflector\/dc1, and the site's values say that\s+voip-ready-reflector\/dc2/,
    )
    const right = siteNaming(key(SIGNERS.reflector), key(SIGNERS.second))
    const fine = await told(outageWorld({ site: right }))
    expect(standing(fine, 'primary')).toBe('both-sides')
    expect(codes(fine)).not.toContain('receipt-elsewhere')
  })

  test('tells from where its reflector saw the packets come, for whoever knows the site', async () => {
    const moved = (one: AgentRecord, minute: number): AgentRecord => {
      const { evidence = [], window } = one
      if (!BAD(minute)) return one
      const [own] = evidence
      const { payload } = receipt(SIGNERS.reflector, window.from, minute, 'primary')
      const statement = JSON.parse(Buffer.from(payload, 'base64').toString())
      const peer = { address: '198.51.100.7', port: 40000 }
      const receipts = [signReceipt(SIGNERS.reflector, { ...statement, peer })]
      return { ...one, evidence: [{ ...own, receipts } as Evidence[number], ...evidence.slice(1)] }
    }
    const after = await told(outageWorld({ change: moved }))
    const { sightings, forBoth } = after.found.contract.parties
    expect(forBoth).toEqual([])
    expect(sightings).toMatchObject([
      { farEnd: 'primary', reflector: 'dc1', address: '192.0.2.9', agent: 'leeds-1' },
      { farEnd: 'primary', address: '198.51.100.7', receipts: 15, proven: 15 },
      { farEnd: 'secondary', reflector: 'dc2', address: '192.0.2.10', segment: null },
    ])
    expect(after.text).toMatch(/dc1 saw leeds-1 come from 198\.51\.100\.7 \(15 receipts, 2/)
  })

  test('of a reflector whose clock is ten seconds off backs its minute, and nothing is said of it', async () => {
    const early = (one: AgentRecord): AgentRecord => {
      const { from, to } = one.window
      return { ...one, window: { ...one.window, from: from - 10_000, to: to - 10_000 } }
    }
    expect(codes(await told(outageWorld({ change: early })))).not.toContain('receipt-time')
  })
})

test('a far end whose receipts are all there rests on both sides, whatever the other one lacks', async () => {
  const silent = (one: AgentRecord, minute: number): AgentRecord => {
    if (minute !== 50) return one
    // Its minute waited for the secondary alone, which fell silent: it has a record of its own.
    const ofSecondary = ({ farEnd }: { readonly farEnd?: string }) => farEnd === 'secondary'
    const evidence = (one.evidence ?? []).filter(ofSecondary)
    return {
      ...one,
      observations: one.observations.filter(ofSecondary),
      evidence: evidence.map((own) => ({ ...own, receipts: [], oneSided: 'no-answer' as const })),
    }
  }
  const after = await told(outageWorld({ change: silent }))
  expect(standing(after, 'primary')).toBe('both-sides')
  expect(standing(after, 'secondary')).toBe('one-side')
})

/** The receipts of a minute say that 400 of its 3000 packets did not arrive. */
function lostByReceipts({ evidence = [] }: AgentRecord): Evidence {
  const octets = { seen: [{ value: 184, packets: 2600 }], unseen: 0 }
  const said = { received: 2600, replied: 2600, tos: octets, ttl: octets }
  return evidence.map((own) => ({
    ...own,
    receipts: own.receipts.map(({ payload }) =>
      signReceipt(reflectorAt(own.farEnd), {
        ...JSON.parse(Buffer.from(payload, 'base64').toString()),
        ...said,
      }),
    ),
  }))
}

type Loss = Partial<StreamObservation['legs']['out']['loss']>

function toldOf(out: Loss, back: Loss, instrument: Partial<StreamObservation['instrument']>) {
  return (one: AgentRecord, minute: number): AgentRecord => {
    if (!BAD(minute)) return one
    const { from, to } = one.window
    const octets = { seen: [{ value: 184, packets: 2600 }], unseen: 0 }
    const observations = FAR_ENDS.map((farEnd) => {
      const { legs } = stream({ farEnd, from, to })
      return stream({
        ...{ farEnd, from, to, instrument },
        out: { loss: { ...legs.out.loss, received: 2600, ...out }, tos: octets, ttl: octets },
        back: { loss: { ...legs.back.loss, expected: 2600, received: 2600, ...back } },
      })
    })
    return { ...one, observations, evidence: lostByReceipts(one) }
  }
}

test.each([
  ['lost nowhere', toldOf({}, {}, {})],
  ['never sent', toldOf({ expected: 2600 }, {}, { sent: 2600 })],
  ['never due', toldOf({ expected: 2600 }, {}, { sent: 2600, scheduled: 2600 })],
  [
    'a drop in a heap of replies',
    toldOf({ lost: 400 }, { expected: 3_000_000, received: 3_000_000 }, {}),
  ],
])('packets that the reflector did not receive are not told away: %s', async (_, change) => {
  const { found } = await told(outageWorld({ change }))
  for (const leg of ['out', 'back'] as const) {
    const { answer, why } = answerFor(found, 'VRN-6', leg, 'primary')
    // What was never due was not looked at either.
    expect([answer, why]).toEqual([
      'CANNOT BE DETERMINED',
      expect.stringMatching(/sides-disagree|partly-observed/),
    ])
  }
})

/** A bad minute of which each receipt is made anew by the reflector, as the agent asked for it. */
function askedFor(
  receiptsOf: (
    asked: (change: object) => Evidence[number]['receipts'][number],
  ) => Evidence[number]['receipts'],
) {
  return (one: AgentRecord, minute: number): AgentRecord => {
    if (!BAD(minute)) return one
    const evidence = (one.evidence ?? []).map((own) => {
      const [first] = own.receipts
      const statement = JSON.parse(Buffer.from(first?.payload ?? '', 'base64').toString())
      const asked = (change: object) =>
        signReceipt(reflectorAt(own.farEnd), { ...statement, previous: null, ...change })
      return { ...own, receipts: receiptsOf(asked) }
    })
    return { ...one, evidence }
  }
}

/** 1500 packets that went well. */
const half = (first: number) => {
  const octets = { seen: [{ value: 184, packets: 1500 }], unseen: 0 }
  const counts = { expected: 1500, received: 1500, replied: 1500, tos: octets, ttl: octets }
  return { ...counts, ranges: [[0, first, 1500]] }
}

test('the half of a minute that went well does not stand for the other half', async () => {
  const twice = await told(
    outageWorld({ change: askedFor((asked) => [asked(half(900_000)), asked(half(900_000))]) }),
  )
  expect(standing(twice, 'primary')).not.toBe('both-sides')
  expect(codes(twice)).toContain('receipt-reused')
  const shifted = await told(
    outageWorld({ change: askedFor((asked) => [asked(half(900_000)), asked(half(900_001))]) }),
  )
  expect(codes(shifted)).toContain('receipt-reused')
  // Asked for alone, it says nothing of the rest.
  const alone = await told(outageWorld({ change: askedFor((asked) => [asked(half(900_000))]) }))
  const { answer, why } = answerFor(alone.found, 'VRN-6', 'out', 'primary')
  expect([answer, why]).toEqual(['CANNOT BE DETERMINED', expect.stringContaining('sides-disagree')])
})

test('a receipt that no arrival dates is of the time in which it was signed', async () => {
  const signedAt = (ofMinute: (minute: number) => number) => (one: AgentRecord, minute: number) =>
    askedFor((asked) => [
      asked({
        ...{ firstArrival: null, lastArrival: null, at: ofMinute(one.window.to) },
        ...{ tos: { seen: [], unseen: 3000 }, ttl: { seen: [], unseen: 3000 } },
        ranges: [[0, 900_000 + minute * 3000, 3000]],
      }),
    ])(one, minute)
  const own = await told(outageWorld({ change: signedAt((to) => to + 2000) }))
  expect(standing(own, 'primary')).toBe('both-sides')
  const other = await told(outageWorld({ change: signedAt((to) => to - 20 * 60_000) }))
  expect(standing(other, 'primary')).toBe('one-side')
  expect(codes(other)).toContain('receipt-time')
  expect(other.text).toMatch(/was signed at\s/)
})
