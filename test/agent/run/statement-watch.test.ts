import { expect, test } from 'vitest'
import { makeLog } from '../../../agent/log.ts'
import { StatementWatch } from '../../../agent/run/statement-watch.ts'
import type { ClosedWindow } from '../../../agent/stream/types.ts'
import { nodeCrypto } from '../../../shared/evidence/node-crypto.ts'
import { formatVkey, vkeyOf } from '../../../shared/evidence/vkey.ts'
import { START } from '../../server/support/fixtures.ts'
import { siteWith } from '../../shared/verdict/scenes.ts'
import { newSigner, receipt, SIGNERS, signReceipt } from '../../support/evidence-world.ts'

const written = (signer: typeof SIGNERS.reflector) => formatVkey(vkeyOf(nodeCrypto, signer))
const other = newSigner(SIGNERS.reflector.name)

function watching(...keys: readonly string[]) {
  const lines: string[] = []
  const log = makeLog(
    'json',
    (line) => lines.push(line),
    () => START,
  )
  const { farEnds } = siteWith()
  const primary = { reflector: '192.0.2.1', port: 4000, path: 'MPLS' as const }
  const named = keys.length === 0 ? primary : { ...primary, reflectorKeys: [...keys] }
  const watch = new StatementWatch({ farEnds: { ...farEnds, primary: named } }, log)
  const window = (receipts: readonly ReturnType<typeof receipt>[], more = {}) =>
    watch.look({
      target: { farEnd: 'primary', ...more } as ClosedWindow['target'],
      evidence: { receipts, oneSided: null },
    })
  const said = () =>
    lines.splice(0).map((line) => {
      const { level, message, signs } = JSON.parse(line)
      return signs === undefined ? [level, message] : [level, message, signs]
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

test('without a named key, and at a segment’s border, nothing is said', () => {
  const none = watching()
  none.window([by(other)])
  expect(none.said()).toEqual([])
  const { window, said } = watching(written(SIGNERS.reflector))
  window([by(other)], { segment: 'lan' })
  expect(said()).toEqual([])
})
