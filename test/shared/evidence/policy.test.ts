import fc from 'fast-check'
import { expect, test } from 'vitest'
import { nodeCrypto } from '../../../shared/evidence/node-crypto.ts'
import { meetsQuorum, parsePolicy } from '../../../shared/evidence/policy.ts'
import { formatVkey, KEY_TYPE, vkeyOf } from '../../../shared/evidence/vkey.ts'
import { newSigner } from '../../support/evidence-world.ts'

const keyOf = (name: string, type: number) => formatVkey(vkeyOf(nodeCrypto, newSigner(name), type))
const LOG = keyOf('log.example/1', KEY_TYPE.note)
const W = ['a', 'b', 'c', 'd'].map((name) => keyOf(`${name}.example/w`, KEY_TYPE.cosignature))
const [A, B, C, D] = W as [string, string, string, string]
const read = (text: string | Uint8Array) =>
  parsePolicy(nodeCrypto, typeof text === 'string' ? Buffer.from(text) : text)

const WHOLE = `# ours
log ${LOG} https://log.example
\twitness a ${A} https://a.example/
witness b ${B}
witness c ${C}

group pair all a b
  group both 1 pair c
quorum both
`

test('a policy is read, and its quorum asks for what the file says', () => {
  const policy = read(WHOLE)
  if (!policy.ok) throw new Error(policy.error)
  expect(policy.value.logs.map(({ url }) => url)).toEqual(['https://log.example'])
  expect(policy.value.witnesses.map(({ name, url }) => [name, url])).toEqual([
    ['a', 'https://a.example/'],
    ['b', null],
    ['c', null],
  ])
  const met = (...names: string[]) =>
    meetsQuorum(policy.value.quorum, ({ name }) => names.includes(name.slice(0, 1)))
  expect([met('a'), met('b'), met('a', 'b'), met('c'), met()]).toEqual([
    ...[false, false, true, true, false],
  ])
  const none = read('quorum none\n')
  expect(none.ok && meetsQuorum(none.value.quorum, () => false)).toBe(true)
})

test.each([
  ['', /no quorum/],
  ['quorum a\n', /line 1: "a" is not defined above/],
  ['quorum none\nquorum none\n', /line 2: a second quorum/],
  ['quorum none', /does not end in a newline/],
  ['quorum none extra\n', /wanted quorum/],
  ['quorum none\r\n', /control character/],
  ['quorum none\u0000\n', /control character/],
  ['anything else\n', /found "anything"/],
  [`log ${A}\nquorum none\n`, /type 0x01 here, found 0x4/],
  [`witness a ${LOG}\nquorum none\n`, /type 0x04 here, found 0x1/],
  [`log ${LOG}\nlog ${LOG}\nquorum none\n`, /line 2: the key of a log twice/],
  [`witness a ${A}\nwitness b ${A}\nquorum a\n`, /the key of a witness twice/],
  [`witness a ${A}\nwitness a ${B}\nquorum a\n`, /defined twice/],
  [`witness none ${A}\nquorum none\n`, /name none is taken/],
  [`witness a ${A.slice(0, -4)}\nquorum a\n`, /wanted a verifier key/],
  [`witness a ${A} u v\nquorum a\n`, /wanted witness/],
  [`witness a ${A}\ngroup g 2 a\nquorum g\n`, /wanted all, any or 1 to 1, found "2"/],
  [`witness a ${A}\ngroup g 0 a\nquorum g\n`, /found "0"/],
  [`witness a ${A}\ngroup g 01 a\nquorum g\n`, /found "01"/],
  [`witness a ${A}\ngroup g all\nquorum g\n`, /wanted group/],
  [`witness a ${A}\ngroup g any a a\nquorum g\n`, /a member already/],
  [`witness a ${A}\ngroup g any a\ngroup h any a\nquorum g\n`, /a member already/],
  [`group g any g\nquorum g\n`, /"g" is not defined above/],
  [`witness a ${A}\ngroup g any none\nquorum a\n`, /"none" is not defined/],
])('%j is refused with its line', (text, says) => {
  const policy = read(text)
  expect(policy.ok).toBe(false)
  if (!policy.ok) expect(policy.error).toMatch(says)
})

test('names are octets: another spelling is another name', () => {
  const text = (name: string, quorum: string) => `witness ${name} ${D}\nquorum ${quorum}\n`
  expect(read(text('K', '\u212a')).ok).toBe(false)
  expect(read(text('\u212a', '\u212a')).ok).toBe(true)
  expect(read(Buffer.from(text('\u00ff', '\u00ff'), 'latin1')).ok).toBe(true)
})

test('a change of any octet of a policy never throws, and never asks for fewer witnesses in silence', () => {
  const octets = Buffer.from(WHOLE)
  fc.assert(
    fc.property(fc.nat(octets.length - 1), fc.integer({ min: 0, max: 255 }), (at, octet) => {
      const changed = Buffer.from(octets)
      changed[at] = octet
      const policy = read(changed)
      if (!policy.ok) return
      // Whatever it says, nothing is met by nobody unless it says so.
      const asked = policy.value.quorum !== null
      expect(meetsQuorum(policy.value.quorum, () => false)).toBe(!asked)
      expect(asked || changed.toString().includes('none')).toBe(true)
    }),
    { numRuns: 2000 },
  )
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (any) => void read(any)))
})

test('a file of more than it may be is refused before it costs anything', () => {
  expect(read(`${'#'.repeat(65_600)}\n`).ok).toBe(false)
  expect(read(`${'\n'.repeat(5000)}quorum none\n`).ok).toBe(false)
})
