import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { findingsDigest } from '../../../shared/evidence/findings-digest.ts'
import type { Finding } from '../../../shared/verdict/finding.ts'
import { judged, stream } from '../verdict/scenes.ts'

const tools = { sha256: (octets: Uint8Array) => createHash('sha256').update(octets).digest() }
const { findings } = judged([stream()])
const withFirst = (change: Partial<Finding>) =>
  findings.map((one, at) => (at === 0 ? { ...one, ...change } : one))

test('what a finding is called and how it is told is not what a verdict stands for', () => {
  const own = findingsDigest(tools, findings)
  const other = withFirst({ title: 'other', detail: 'said better', advice: 'do this instead' })
  expect(findingsDigest(tools, other)).toBe(own)
})

test.each<Partial<Finding>>([
  { verdict: 'pass' },
  { reason: 'own-load' },
  { value: 1.5 },
  { interval: [1, 2] },
  { n: 7 },
  { limit: 3 },
  { leg: 'either' },
  { statistic: 'max' },
  { required: false },
])('what decides is: %o', (change) => {
  const [first] = findings
  const different = Object.entries(change).some(
    ([key, value]) => JSON.stringify(Reflect.get(first ?? {}, key)) !== JSON.stringify(value),
  )
  expect(different).toBe(true)
  expect(findingsDigest(tools, withFirst(change))).not.toBe(findingsDigest(tools, findings))
})
