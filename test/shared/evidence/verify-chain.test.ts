import { expect, test } from 'vitest'
import { checkChains } from '../../../shared/evidence/verify-chain.ts'
import type { SeenRecord } from '../../../shared/evidence/verify-items.ts'
import { BOOT, MINUTE, record, START } from '../../server/support/fixtures.ts'

const OTHER_BOOT = 'b'.repeat(BOOT.length)

interface Place {
  readonly boot: string
  readonly sequence: number
  /** The payload digest of the record before it, by name. */
  readonly previous: string | null
  readonly name: string
}

/** What is found of records that stand in the log in this order. */
function foundOf(places: readonly Place[]): string[] {
  const found: string[] = []
  const records = places.map(({ boot, sequence, previous, name }, index): SeenRecord => {
    const minute = sequence + (boot === OTHER_BOOT ? 2 : 0)
    const one = record('a'.repeat(64), { minute, boot, previous })
    const { evidence: _evidence, observations, ...said } = { ...one, sequence }
    return {
      ...{ index, where: name, payloadSha256: name, record: said },
      ...{ observations: () => observations, proven: true, unread: null },
      receipts: { proven: 0, claimed: 0, none: 0, marks: [] },
    }
  })
  const span = { from: START, to: START + 10 * MINUTE }
  checkChains(records, span, (severity, code, where) => {
    found.push(`${severity} ${code} ${where}`)
  })
  return found
}

const first = { boot: BOOT, sequence: 1, previous: null, name: 'one' }
const second = { boot: BOOT, sequence: 2, previous: 'one', name: 'two' }

test.each<[string, Place[], string[]]>([
  ['in order', [first, second], []],
  ['the newest came before the first of its boot', [second, first], []],
  [
    'the first came late, and names what was before the time that is asked about',
    [second, { ...first, previous: 'zero' }],
    [],
  ],
  [
    'an agent that was started again names what it made before',
    [first, second, { boot: OTHER_BOOT, sequence: 1, previous: 'two', name: 'three' }],
    ['note boot three'],
  ],
  [
    'an agent that lost its memory',
    [second, { boot: OTHER_BOOT, sequence: 1, previous: null, name: 'three' }],
    ['suspicious chain-restart three'],
  ],
  [
    'what it made before is not here',
    [first, { boot: OTHER_BOOT, sequence: 1, previous: 'two', name: 'three' }],
    ['missing boot-link three'],
  ],
  [
    'the first records after a start are not here',
    [first, second, { boot: OTHER_BOOT, sequence: 3, previous: 'nine', name: 'three' }],
    ['missing sequence-hole three'],
  ],
])('%s', (_name, places, expected) => {
  expect(foundOf(places)).toEqual(expected)
})
