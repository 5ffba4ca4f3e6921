import { expect, test } from 'vitest'
import { AGENT_ROW, describeRawRows, encodeAgentRows } from '../../../shared/measure/raw-rows.ts'
import { travel } from './simulation.ts'

const road = { count: 50, out: () => 10, back: (i: number) => (i % 7 === 0 ? null : 12) }

test('the same rows give the same octets, and one other stamp other ones', () => {
  const { rows } = travel({ ...road, firstSequence: 65_530 })
  const bytes = encodeAgentRows([rows, rows])
  expect(encodeAgentRows([rows, rows])).toEqual(bytes)
  rows.sentNs[3] = (rows.sentNs[3] ?? 0) + 1
  expect(encodeAgentRows([rows, rows])).not.toEqual(bytes)
})

test('a file tells its streams, and one octet more or less is no file', () => {
  const { rows } = travel({ ...road, firstSequence: 65_530 })
  const bytes = encodeAgentRows([rows])
  expect(bytes.length).toBe(16 + 12 + 50 * AGENT_ROW)
  expect(describeRawRows(bytes)).toEqual({
    side: 'agent',
    streams: [{ stream: 0, firstSequence: 65_530, count: 50 }],
  })
  expect(describeRawRows(bytes.subarray(0, -1))).toBeNull()
  expect(describeRawRows(Uint8Array.of(...bytes, 0))).toBeNull()
})
