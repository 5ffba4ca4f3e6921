import { generateKeyPairSync } from 'node:crypto'
import { expect, test } from 'vitest'
import { nodeCrypto, signerFrom } from '../../../shared/evidence/node-crypto.ts'
import { isWeakKey } from '../../../shared/evidence/weak-key.ts'

const octets = (hex: string) => new Uint8Array(Buffer.from(hex, 'hex'))
const ONE = `01${'00'.repeat(31)}`
const FIELD = `${'ff'.repeat(30)}7f`

test('a key of small order signs nothing, though its equation holds for every message', () => {
  // R is the neutral element and S is 0: with the same as the key, R = S*B - h*A for whatever h.
  const signature = octets(`${ONE}${'00'.repeat(32)}`)
  for (const key of [ONE, `01${'00'.repeat(30)}80`, `ee${FIELD}`]) {
    expect(nodeCrypto.verify(octets(key), octets('6d79'), signature)).toBe(false)
  }
})

test.each([
  ['00'.repeat(32), `${'00'.repeat(31)}80`, ONE, `ec${FIELD}`, `ec${'ff'.repeat(31)}`],
  ['26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05'],
  ['c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a'],
  ['26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85'],
  [`ed${FIELD}`, `ee${FIELD}`, `f0${FIELD}`, `ff${FIELD}`, `ff${'ff'.repeat(31)}`],
])('%s is weak, and so are its like', (...keys) => {
  expect(keys.map((key) => isWeakKey(octets(key)))).toEqual(keys.map(() => true))
})

test('no other key is', () => {
  const near = [
    `eb${FIELD}`,
    `ff${'ff'.repeat(29)}fe7f`,
    `02${'00'.repeat(31)}`,
    `ed${'ff'.repeat(30)}7e`,
  ]
  expect(near.map((key) => isWeakKey(octets(key)))).toEqual(near.map(() => false))
  const { privateKey } = generateKeyPairSync('ed25519')
  const signer = signerFrom('a', privateKey.export({ format: 'pem', type: 'pkcs8' }).toString())
  expect(isWeakKey(signer.publicKey)).toBe(false)
  expect(nodeCrypto.verify(signer.publicKey, octets('6d79'), signer.sign(octets('6d79')))).toBe(
    true,
  )
})
