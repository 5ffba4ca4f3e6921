import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { trustGiven } from '../../../agent/verify/run.ts'
import { nodeCrypto } from '../../../shared/evidence/node-crypto.ts'
import { formatVkey, vkeyOf } from '../../../shared/evidence/vkey.ts'
import { newSigner } from '../../support/evidence-world.ts'
import { temporaryDirectory } from '../../support/temporary.ts'

const keyOf = (name: string) => formatVkey(vkeyOf(nodeCrypto, newSigner(name)))
const none = { agentKey: [], reflectorKey: [], logKey: [], witnessKey: [] }

test("a reflector's key that is given for the log's is a slip, and no proof of a changed bundle", () => {
  const reflector = keyOf('voip-ready-reflector/dc1')
  expect(() => trustGiven({ ...none, logKey: [reflector] })).toThrow(
    /--log-key: wanted a key of that role, found the key of voip-ready-reflector\/dc1; give it as --reflector-key/,
  )
  expect(trustGiven({ ...none, reflectorKey: [`  ${reflector}  `] }).keys.reflector).toHaveLength(1)
})

test('names that say nothing of a role are taken as they are given', () => {
  const { keys } = trustGiven({
    ...none,
    ...{ logKey: [keyOf('log.example/1')], witnessKey: [keyOf('acme')] },
  })
  expect([keys.log.length, keys.witness.length]).toEqual([1, 1])
})

test('a key that is asked for and is not there is refused by its place, never left out', () => {
  const folder = temporaryDirectory()
  const empty = join(folder, 'log.vkey')
  writeFileSync(empty, '# nothing yet\n\n')
  const told = (logKey: string) => () => trustGiven({ ...none, logKey: [logKey] })
  expect(told('')).toThrow(/--log-key: wanted a verifier key .*, found nothing/)
  expect(told(empty)).toThrow(`found no key in ${empty}`)
  expect(told(folder)).toThrow(/EISDIR/)
  expect(told('missing.vkey')).toThrow(/found missing.vkey: no file, and not of the form/)
})
