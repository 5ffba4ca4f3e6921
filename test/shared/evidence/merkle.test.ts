import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  appendLeaf,
  consistencyNodes,
  consistencyProof,
  EMPTY_RANGE,
  inclusionNodes,
  inclusionProof,
  leafHash,
  nodeHash,
  nodesOf,
  rangeAt,
  rangeNodes,
  rangeRoot,
  rootAt,
  rootOf,
} from '../../../shared/evidence/merkle.ts'
import { verifyConsistency, verifyInclusion } from '../../../shared/evidence/merkle-verify.ts'
import { nodeCrypto } from '../../../shared/evidence/node-crypto.ts'
import { fromBase64, toHex, utf8 } from '../../../shared/evidence/octets.ts'

interface Vectors {
  readonly inclusion: readonly {
    readonly file: string
    readonly leafIdx: number
    readonly treeSize: number
    readonly root: string | null
    readonly leafHash: string | null
    readonly proof: readonly string[] | null
    readonly wantErr: boolean
  }[]
  readonly consistency: readonly {
    readonly file: string
    readonly size1: number
    readonly size2: number
    readonly root1: string | null
    readonly root2: string | null
    readonly proof: readonly string[] | null
    readonly wantErr: boolean
  }[]
}

const file = new URL('../../vectors/merkle/proofs.json', import.meta.url)
const vectors = JSON.parse(readFileSync(file, 'utf8')) as Vectors
const octets = (text: string | null): Uint8Array => fromBase64(text ?? '') ?? new Uint8Array()
const LEAVES = ['', '00', '10', '2021', '3031', '40414243', '5051525354555657']
  .concat('606162636465666768696a6b6c6d6e6f')
  .map((hex) => leafHash(nodeCrypto, Buffer.from(hex, 'hex')))
/** Published roots of the first 0 to 8 of these leaves. */
const ROOTS = [
  'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
  'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
  'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
  'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
  '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
  'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
  '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
]
const SIZE = 200
const many = Array.from({ length: SIZE }, (_, n) => leafHash(nodeCrypto, utf8(`entry ${n}`)))
const nodes = nodesOf(nodeCrypto, many)
const root = (size: number) => rootOf(nodeCrypto, many.slice(0, size))

test('leaf, node and roots are the published ones', () => {
  expect(toHex(leafHash(nodeCrypto, utf8('L123456')))).toBe(
    '395aa064aa4c29f7010acfe3f25db9485bbd4b91897b6ad7ad547639252b4d56',
  )
  expect(toHex(nodeHash(nodeCrypto, utf8('N123'), utf8('N456')))).toBe(
    'aa217fe888e47007fa15edab33c2b492a722cb106c64667fc2b044444de66bbb',
  )
  const found = ROOTS.map((_, size) => toHex(rootOf(nodeCrypto, LEAVES.slice(0, size))))
  expect(found).toEqual(ROOTS)
})

describe('published proofs, the hostile ones included', () => {
  test.each(vectors.inclusion.map((one) => [one.file, one] as const))('%s', (_file, one) => {
    const good = verifyInclusion(nodeCrypto, {
      leaf: octets(one.leafHash),
      index: one.leafIdx,
      size: one.treeSize,
      root: octets(one.root),
      proof: (one.proof ?? []).map(octets),
    })
    expect(good).toBe(!one.wantErr)
  })

  test.each(vectors.consistency.map((one) => [one.file, one] as const))('%s', (_file, one) => {
    const good = verifyConsistency(nodeCrypto, {
      from: { size: one.size1, root: octets(one.root1) },
      to: { size: one.size2, root: octets(one.root2) },
      proof: (one.proof ?? []).map(octets),
    })
    expect(good).toBe(!one.wantErr)
  })
})

test('a tree that grows leaf by leaf has the root and the parts of one made at once', () => {
  let range = EMPTY_RANGE
  for (const [n, leaf] of many.entries()) {
    range = appendLeaf(nodeCrypto, range, leaf)
    expect(rangeRoot(nodeCrypto, range)).toEqual(rootAt(nodeCrypto, nodes, n + 1))
    expect(rangeAt(nodes, n + 1)).toEqual(range)
    expect(rangeNodes(n + 1)).toHaveLength(range.roots.length)
  }
})

const sizes = fc.integer({ min: 1, max: SIZE })

test('every leaf is proven in every tree, and no proof survives a change of anything in it', () => {
  fc.assert(
    fc.property(sizes, fc.nat(), fc.nat(), (size, pick, flip) => {
      const index = pick % size
      const leaf = many[index] ?? new Uint8Array()
      const proof = inclusionProof(nodeCrypto, nodes, index, size)
      const claim = { leaf, index, size, root: root(size), proof }
      expect(verifyInclusion(nodeCrypto, claim)).toBe(true)
      const wrong = [
        { ...claim, index: index + 1 },
        { ...claim, leaf: many[(index + 1) % SIZE] ?? leaf },
        { ...claim, root: flipped(claim.root, flip) },
        { ...claim, proof: [...proof, claim.root] },
        { ...claim, size: 0 },
        ...(proof.length === 0 ? [] : [{ ...claim, proof: proof.slice(1) }]),
        ...proof.map((hash, at) => ({ ...claim, proof: proof.with(at, flipped(hash, flip)) })),
      ]
      expect(wrong.map((one) => verifyInclusion(nodeCrypto, one))).not.toContain(true)
      const asked = new Set(
        inclusionNodes(index, size).map(({ level, index: at }) => `${level}/${at}`),
      )
      inclusionProof(nodeCrypto, checking(asked), index, size)
    }),
  )
})

test('every tree is proven to begin with every smaller one, and no change survives', () => {
  fc.assert(
    fc.property(sizes, sizes, fc.nat(), (a, b, flip) => {
      const [from, to] = [Math.min(a, b), Math.max(a, b)]
      const proof = consistencyProof(nodeCrypto, nodes, from, to)
      const ends = { from: { size: from, root: root(from) }, to: { size: to, root: root(to) } }
      const claim = { ...ends, proof }
      expect(verifyConsistency(nodeCrypto, claim)).toBe(true)
      const other = flipped(ends.to.root, flip)
      const wrong = [
        { ...claim, to: { size: to, root: other } },
        { ...claim, from: { size: from, root: flipped(ends.from.root, flip) } },
        { ...claim, from: { size: 0, root: ends.from.root } },
        { ...claim, proof: [...proof, other] },
        ...(from === to ? [] : [{ ...claim, from: ends.to, to: ends.from }]),
        ...proof.map((hash, at) => ({ ...claim, proof: proof.with(at, flipped(hash, flip)) })),
      ]
      expect(wrong.map((one) => verifyConsistency(nodeCrypto, one))).not.toContain(true)
      const asked = new Set(
        consistencyNodes(from, to).map(({ level, index }) => `${level}/${index}`),
      )
      consistencyProof(nodeCrypto, checking(asked), from, to)
    }),
  )
})

test('proofs that cannot be made are refused', () => {
  expect(() => inclusionProof(nodeCrypto, nodes, 3, 3)).toThrow(RangeError)
  expect(() => consistencyProof(nodeCrypto, nodes, 0, 3)).toThrow(RangeError)
  expect(() => consistencyProof(nodeCrypto, nodes, 4, 3)).toThrow(RangeError)
})

test('sizes just below large powers of two are taken apart exactly', () => {
  const size = 2 ** 50 - 1
  const parts = rangeNodes(size)
  expect(parts).toHaveLength(50)
  expect(parts.reduce((sum, { level }) => sum + 2 ** level, 0)).toBe(size)
})

function flipped(bytes: Uint8Array, bit: number): Uint8Array {
  const at = Math.floor(bit / 8) % bytes.length
  return bytes.map((octet, place) => (place === at ? octet ^ (1 << (bit % 8)) : octet))
}

/** Gives only the nodes that were named beforehand. */
function checking(asked: ReadonlySet<string>) {
  return (node: { readonly level: number; readonly index: number }) => {
    expect(asked).toContain(`${node.level}/${node.index}`)
    return nodes(node)
  }
}
