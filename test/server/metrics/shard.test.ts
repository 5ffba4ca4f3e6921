import fc from 'fast-check'
import { expect, test } from 'vitest'
import { holds, shardOf } from '../../../server/metrics/shard.ts'

const name = fc.stringMatching(/^[a-z0-9][a-z0-9-]{0,62}$/)

test('every site is in exactly one shard, whatever their number', () => {
  fc.assert(
    fc.property(name, fc.integer({ min: 1, max: 64 }), (site, of) => {
      const own = Array.from({ length: of }, (_, index) => holds({ index, of }, site))
      expect(own.filter(Boolean)).toHaveLength(1)
    }),
  )
})

test('numbered sites spread evenly over the shards', () => {
  const counts = [0, 0, 0, 0]
  for (let site = 0; site < 10_000; site += 1) {
    const shard = shardOf(`site-${site}`, 4)
    counts[shard] = (counts[shard] ?? 0) + 1
  }
  for (const count of counts) expect(Math.abs(count - 2500)).toBeLessThan(250)
})

test('a site keeps its shard from one version of the program to the next', () => {
  expect(['leeds', 'york', 'hull'].map((site) => shardOf(site, 8))).toMatchInlineSnapshot(`
    [
      0,
      0,
      2,
    ]
  `)
})
