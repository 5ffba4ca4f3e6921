import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import { type Log, makeLog } from '../../../agent/log.ts'
import { Recorder } from '../../../agent/run/recorder.ts'
import { StatementWatch } from '../../../agent/run/statement-watch.ts'
import { Spool } from '../../../agent/uplink/spool.ts'
import { nodeCrypto } from '../../../shared/evidence/node-crypto.ts'
import { formatVkey, vkeyOf } from '../../../shared/evidence/vkey.ts'
import type { Observation } from '../../../shared/record/kinds.ts'
import type { StreamEvidence } from '../../../shared/record/receipt.ts'
import type { AgentRecord } from '../../../shared/record/record.ts'
import { START } from '../../server/support/fixtures.ts'
import { asRun, looksUnderLoad, rampSteps } from '../../shared/verdict/run-records.ts'
import { siteWith } from '../../shared/verdict/scenes.ts'
import { newSigner, receipt, SIGNERS, signReceipt } from '../../support/evidence-world.ts'
import { withReceipts } from '../../support/run-receipts.ts'
import { temporaryDirectory } from '../../support/temporary.ts'

const written = (signer: typeof SIGNERS.reflector) => formatVkey(vkeyOf(nodeCrypto, signer))
const SHA = 'a'.repeat(64)
const RUN_ID = '5e0c9a52-0000-4000-8000-000000000001'
const other = newSigner(SIGNERS.reflector.name)

/** A log that can be read: what was said of keys since it was read last, and of which run. */
function listening(): { readonly log: Log; readonly said: () => unknown[][] } {
  const lines: string[] = []
  const log = makeLog(
    'json',
    (line) => lines.push(line),
    () => START,
  )
  const said = () =>
    lines.splice(0).flatMap((line) => {
      const { level, message, signs, run } = JSON.parse(line)
      const more = [signs, run].filter((one) => one !== undefined)
      return /reflector signe?[sd]/.test(message) ? [[level, message, ...more]] : []
    })
  return { log, said }
}

function siteOf(keys: readonly string[]) {
  const site = siteWith()
  const primary = { reflector: '192.0.2.1', port: 4000, path: 'MPLS' as const }
  const named = keys.length === 0 ? primary : { ...primary, reflectorKeys: [...keys] }
  return { ...site, farEnds: { ...site.farEnds, primary: named } }
}

function watching(...keys: readonly string[]) {
  const { log, said } = listening()
  const watch = new StatementWatch(siteOf(keys), log)
  const window = (receipts: StreamEvidence['receipts'], more: Partial<StreamEvidence> = {}) =>
    watch.look({
      ...{ farEnd: 'primary', from: START, to: START + 60_000, rows: null, oneSided: null },
      ...{ receipts, ...more },
    })
  return { window, said }
}
const by = (signer: typeof SIGNERS.reflector, minute = 0) =>
  receipt(signer, START, minute, 'primary')

test('statements under a named key are told of once, and another key at once and once', () => {
  const { window, said } = watching(written(SIGNERS.reflector))
  const fits = ['info', 'the reflector signs with a key that the site names']
  for (const minute of [0, 1, 2]) window([by(SIGNERS.reflector, minute)])
  expect(said()).toEqual([fits])
  window([by(other, 3)])
  window([by(other, 4)])
  const differs = 'the reflector signs with another key than the site names'
  const signs = expect.stringMatching(/^key [0-9a-f]{16} of voip-ready-reflector\/dc1$/)
  expect(said()).toEqual([['error', differs, signs]])
  window([by(SIGNERS.reflector, 5)])
  expect(said()).toEqual([fits])
})

test('two keys may be named while a reflector changes its own', () => {
  const { window, said } = watching(written(SIGNERS.reflector), written(other))
  window([by(SIGNERS.reflector)])
  window([by(other, 1)])
  expect(said()).toHaveLength(1)
})

test('a statement that was changed, or bears another name, is told of', () => {
  const { window, said } = watching(written(SIGNERS.reflector))
  const [signed, second] = [by(SIGNERS.reflector), by(SIGNERS.reflector, 1)]
  window([{ ...signed, payload: second.payload }])
  expect(said()).toEqual([['error', 'what the reflector signed was changed on its way']])
  const statement = JSON.parse(String(Buffer.from(signed.payload, 'base64')))
  window([signReceipt(SIGNERS.reflector, { ...statement, reflector: 'dc2' })])
  expect(said()[0]?.[2]).toMatch(/of voip-ready-reflector\/dc2$/)
})

test('the border of a segment is held against the keys that are named for it, and no others', () => {
  const { log, said } = listening()
  const lan = { name: 'lan', reflector: '192.0.2.3', port: 4000 }
  const segments = [{ ...lan, reflectorKeys: [written(SIGNERS.reflector)] }]
  const watch = new StatementWatch({ ...siteOf([written(other)]), segments }, log)
  const time = { from: START, to: START + 60_000, rows: null, oneSided: null }
  watch.look({
    ...{ ...time, farEnd: 'primary', segment: 'lan', receipts: [by(SIGNERS.reflector)] },
  })
  expect(said()).toEqual([['info', 'the reflector signs with a key that the site names']])
})

test('without a key named for the place nothing is said', () => {
  const none = watching()
  none.window([by(other)])
  expect(none.said()).toEqual([])
  const { window, said } = watching(written(SIGNERS.reflector))
  window([by(other)], { segment: 'lan' })
  expect(said()).toEqual([])
})

test.each([
  ['capacity', rampSteps()],
  ['qos', looksUnderLoad()],
] as const)(
  'what is signed of a %s run is held against the named keys as minutes are, and kept as it came',
  (kind, observations: readonly Observation[]) => {
    const { log, said } = listening()
    const limits = { maxBytes: 2 ** 24, maxDays: 7 }
    const spool = new Spool(temporaryDirectory(), limits, randomUUID())
    const kept: string[] = []
    const recorder = new Recorder({
      ...{ spool, log, ring: null, site: siteOf([written(SIGNERS.reflector)]) },
      head: {
        ...{ site: 'leeds', agent: 'leeds-1', version: '0.1.0' },
        profile: { id: 'p', version: '1', sha256: SHA },
      },
      limits: { delayMs: 150, jitterMs: 30, lateAfterMs: 200, driftPpm: 100 },
      ownLoad: { mark: (seen) => seen },
      onRecord: (name) => kept.push(Buffer.from(spool.read(name)?.payload ?? []).toString('utf8')),
      monotonicMs: () => 0,
    })
    const run = (signer: typeof SIGNERS.reflector) => {
      const usual = { window: { from: START, to: START + 60_000 } } as AgentRecord
      const record = withReceipts(asRun(usual, kind, observations), () => signer)
      recorder.addRun({
        ...{ id: RUN_ID, kind, by: 'collector', from: START, to: START + 60_000 },
        ...{ monotonicMs: 60_000, outcome: 'done', lost: null, profileSha256: SHA },
        ...{ observations, evidence: record.evidence ?? [] },
      })
      return record.evidence
    }
    run(SIGNERS.reflector)
    expect(said()).toEqual([['info', 'the reflector signs with a key that the site names', RUN_ID]])
    const evidence = run(other)
    const differs = 'the reflector signs with another key than the site names'
    const signs = expect.stringMatching(/^key [0-9a-f]{16} of voip-ready-reflector\/dc1$/)
    expect(said()).toEqual([['error', differs, signs, RUN_ID]])
    expect(JSON.parse(kept.at(-1) ?? '').evidence).toEqual(evidence)
    spool.close()
  },
)
