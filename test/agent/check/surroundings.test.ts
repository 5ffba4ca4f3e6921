import { expect, test } from 'vitest'
import { surroundingLines } from '../../../agent/check/surroundings.ts'
import type { PathObservation } from '../../../shared/record/path.ts'
import { lossOf, stream } from '../../shared/verdict/scenes.ts'

const PATH: PathObservation = {
  kind: 'path',
  farEnd: 'primary',
  peer: { address: '10.1.0.10', port: 4000 },
  from: 0,
  to: 3000,
  method: 'raw',
  obstacle: '',
  dscp: 46,
  left: 46,
  hops: [],
  reached: true,
  distance: 4,
  arrived: 46,
  returned: 46,
  sent: 12,
  answered: 12,
  changes: [],
  mtu: null,
}

test('a whole path is one line, and a changed mark names its place and owner', () => {
  expect(surroundingLines([PATH])).toContain(
    '  primary path: reached at hop 4; no hop on the way out changed the mark',
  )
  const after = { ttl: 2, address: '10.0.0.1', owner: 'Carrier' }
  const changes = [{ from: 46, to: 0, after, at: { ttl: 3, address: '10.0.1.1' } }]
  const text = surroundingLines([{ ...PATH, changes }]).join(' ')
  expect(text).toMatch(/EF -> CS0 between hop 2 10\.0\.0\.1 \(Carrier\) and hop 3 10\.0\.1\.1/)
})

test('what could not be looked at says why, and nothing seen is nothing said', () => {
  const blind = { ...PATH, method: 'none' as const, obstacle: 'no CAP_NET_RAW' }
  expect(surroundingLines([blind]).join(' ')).toContain('not looked at: no CAP_NET_RAW')
  expect(surroundingLines([])).toEqual([])
})

test('packets that came twice or out of order are told, though every line passes', () => {
  const out = { loss: { ...lossOf(0), duplicated: 600 } }
  const back = { loss: { ...lossOf(0), reordered: 7 } }
  const lines = surroundingLines([stream({ out, back })])
  const text = lines.join(' ').replace(/\s+/g, ' ')
  expect(text).toContain(
    'seen on the way (information): primary voice out, of 3000 packets: 600 came again',
  )
  expect(text).toContain('primary voice back, of 3000 packets: 7 were overtaken')
  expect(text).not.toMatch(/back, of 3000 packets: \d+ came again/)
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(100)
  expect(surroundingLines([stream()])).toEqual([])
})
