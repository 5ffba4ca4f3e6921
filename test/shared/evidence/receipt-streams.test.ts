import { expect, test } from 'vitest'
import { holdReceipt, streamsOfRecord } from '../../../shared/evidence/receipt-streams.ts'
import type { Observation } from '../../../shared/record/kinds.ts'
import type { ReceiptStatement, StreamEvidence } from '../../../shared/record/receipt.ts'
import type { AgentRecord } from '../../../shared/record/record.ts'
import { SIGNERS } from '../../support/evidence-world.ts'
import { withReceipts } from '../../support/run-receipts.ts'
import { pair, underLoad } from '../verdict/qos-looks.ts'
import { asRun, looksUnderLoad, rampSteps } from '../verdict/run-records.ts'
import { START, stream } from '../verdict/scenes.ts'

const usual = { window: { from: START, to: START + 60_000 } } as AgentRecord
/** A run, and what honest reflectors signed of each of its streams. */
function signedRun(kind: 'capacity' | 'qos', observations: readonly Observation[]) {
  const { evidence = [], ...record } = withReceipts(
    asRun(usual, kind, observations),
    () => SIGNERS.reflector,
  )
  const hold = (
    one: StreamEvidence,
    change: (statement: ReceiptStatement) => object = (it) => it,
  ) => {
    const statements = one.receipts.map(({ payload }) =>
      change(JSON.parse(String(Buffer.from(payload, 'base64')))),
    )
    return holdReceipt(record, one, statements as ReceiptStatement[])
  }
  return { record, evidence, hold }
}

test('a record has as many streams that may be signed for as it has voice, and load beside it', () => {
  const count = (...observations: readonly Observation[]) =>
    streamsOfRecord({ observations: [...observations] })
  expect(count()).toBe(0)
  expect(count(stream(), stream({ farEnd: 'secondary' }))).toBe(2)
  expect(count(...rampSteps())).toBe(4)
  // Two before the load, two under it, and the load itself.
  expect(count(underLoad())).toBe(5)
  expect(count(underLoad({ loaded: null }))).toBe(2)
  expect(count(underLoad({ loaded: pair({}, {}, null) }), stream())).toBe(5)
})

test.each([
  ['capacity', rampSteps()],
  ['qos', looksUnderLoad()],
] as const)('every receipt of a %s run finds its own stream, and agrees with it', (kind, seen) => {
  const { record, evidence, hold } = signedRun(kind, seen)
  const held = evidence.map((one) => hold(one))
  expect(held.map((one) => one?.disagreements)).toEqual(evidence.map(() => []))
  const streams = held.map((one) => one?.stream)
  expect(streams).toHaveLength(streamsOfRecord(record))
  expect(new Set(streams).size).toBe(streams.length)
})

test('a receipt that the agent found contradictory is told, though the counts that are signed agree', () => {
  const steps = rampSteps().map((one) => ({ ...one, contradictedReceipts: 2 }))
  const { evidence, hold } = signedRun('capacity', steps)
  const told = [{ what: 'receipts', agent: 2, reflector: 0 }]
  expect(evidence.map((one) => hold(one)?.disagreements)).toEqual(evidence.map(() => told))
})

test('what is signed otherwise of one stream is told of that one: a step, voice under load, the load', () => {
  const fewer = (one: ReceiptStatement) => ({ ...one, received: one.received - 200 })
  const runs = [signedRun('capacity', rampSteps()), signedRun('qos', looksUnderLoad())]
  for (const { evidence, hold } of runs)
    for (const one of evidence)
      expect(hold(one, fewer)?.disagreements.map(({ what }) => what)).toContain('received')
})

test('evidence of no stream of the record, or of two, is of none', () => {
  const ramp = signedRun('capacity', rampSteps())
  const [step] = ramp.evidence
  const held = (change: Partial<StreamEvidence>) => ramp.hold({ ...step!, ...change })
  expect(held({})).not.toBeNull()
  expect(held({ from: step!.from + 1 })).toBeNull()
  expect(held({ segment: 'lan' })).toBeNull()
  // A step is no part of a look.
  expect(held({ qos: 'load' })).toBeNull()
  const twice = signedRun('capacity', [...rampSteps(), ...rampSteps()])
  expect(twice.hold(step!)).toBeNull()

  const looks = signedRun('qos', looksUnderLoad())
  const part = (name: StreamEvidence['qos']) => looks.evidence.find(({ qos }) => qos === name)!
  const voice = part('loaded-marked')
  expect(looks.hold({ ...voice, from: voice.from + 1 })).toBeNull()
  const [quiet] = [signedRun('qos', [underLoad({ loaded: null })])]
  for (const name of ['loaded-marked', 'loaded-plain', 'load'] as const)
    expect([name, quiet.hold(part(name))]).toEqual([name, null])
  expect(quiet.hold(part('before-marked'))).not.toBeNull()
  const same = signedRun('qos', [...looksUnderLoad(), ...looksUnderLoad()])
  expect(same.hold(voice)).toBeNull()
})

test('of a load whose session was interrupted a receipt may be of a part', () => {
  const gap = { from: START, to: START + 1000, cause: 'reflector-restart' } as const
  const half = (one: ReceiptStatement) => ({ ...one, expected: 2400, received: 1800 })
  const under = (change: object) => {
    const at = { change }
    const run = signedRun('qos', [underLoad({ loaded: pair(at, {}) })])
    const load = run.evidence.find(({ qos }) => qos === 'load')!
    return run.hold(load, half)?.disagreements.map(({ what }) => what)
  }
  expect(under({ gaps: [gap] })).toEqual([])
  expect(under({})).toEqual(['expected', 'received'])
})
