import { expect, test } from 'vitest'
import { keyIdOf } from '../../../shared/evidence/dsse.ts'
import type { Entry } from '../../../shared/evidence/entry.ts'
import { agentKeyName } from '../../../shared/evidence/key-names.ts'
import { nodeCrypto } from '../../../shared/evidence/node-crypto.ts'
import { AgentKeys } from '../../../shared/evidence/verify-keys.ts'
import { Signatures } from '../../../shared/evidence/verify-signatures.ts'
import { formatVkey, vkeyOf } from '../../../shared/evidence/vkey.ts'
import { nodeTools as tools } from '../../../shared/opening/tools.ts'
import { newSigner } from '../../support/evidence-world.ts'

const NAME = agentKeyName('leeds', 'leeds-1')
const old = vkeyOf(nodeCrypto, newSigner(NAME))
const other = vkeyOf(nodeCrypto, newSigner(NAME))
const about = { format: 'voip-ready/entry/1', site: 'leeds', agent: 'leeds-1' } as const

/** Since when the agent is retired, by entries at the minutes of their places and the keys given. */
function retired(given: readonly (typeof old)[], ...entries: readonly ((at: number) => Entry)[]) {
  const keys = new AgentKeys(given, { tools, signatures: new Signatures(tools), report: () => {} })
  for (const [index, entry] of entries.entries()) keys.take({ index, entry: entry(index * 10) })
  return keys.retired.get('leeds-1')
}

const enrol = (key: typeof old) => (at: number) =>
  ({ ...about, at, kind: 'enrol', key: formatVkey(key), by: 'noc' }) as const
const revoke = (key: typeof old | string, dated?: number) => (at: number) => ({
  ...{ ...about, at: dated ?? at, kind: 'revoke' as const, why: 'taken down', by: 'noc' },
  keyId: typeof key === 'string' ? key : keyIdOf(key.publicKey, nodeCrypto),
})

test('an agent is retired once every key that it is known by was taken back', () => {
  expect(retired([old], enrol(old))).toBeUndefined()
  expect(retired([old], enrol(old), revoke(old))).toBe(10)
  expect(retired([old], revoke(old)), 'the log does not name it').toBe(0)
  // One that it got later, given or not, may still sign.
  expect(retired([old], enrol(old), enrol(other), revoke(old))).toBeUndefined()
  expect(retired([old, other], enrol(old), revoke(old))).toBeUndefined()
  expect(retired([old], enrol(old), revoke(old), enrol(other))).toBeUndefined()
  expect(retired([old], enrol(old), enrol(other), revoke(old), revoke(other))).toBe(30)
})

test('what the log says of keys that nobody knows retires nobody, and what is dated back is as late as the entry before it', () => {
  expect(retired([old], enrol(old), revoke('0'.repeat(64)))).toBeUndefined()
  expect(retired([], enrol(old), revoke(old)), 'no key of it was given').toBeUndefined()
  expect(retired([old], enrol(old), enrol(old), revoke(old, 5))).toBe(10)
})
