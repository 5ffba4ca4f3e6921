import { describe, expect, test } from 'vitest'
import { ReflectorTally } from '../../../agent/stream/reflector-tally.ts'
import { OVERFLOWS_UNKNOWN, type ReceiptHead } from '../../../shared/wire/receipt.ts'

const head = (clockSteps: number, receiveOverflows: number) =>
  ({ clockSteps, receiveOverflows }) as ReceiptHead

describe('what a reflector counted since its session opened becomes counts of windows', () => {
  test('the first receipt speaks of everything since the session opened', () => {
    expect(new ReflectorTally().take(head(1, 7))).toEqual({ clockSteps: 1, receiveOverflows: 7 })
  })

  test('overflows are told once', () => {
    const tally = new ReflectorTally()
    const told = [0, 7, 7, 9].map((sum) => tally.take(head(0, sum)).receiveOverflows)
    expect(told).toEqual([0, 7, 0, 2])
  })

  test('a step is told to the window before the receipt and to the one that had begun, to no third', () => {
    const tally = new ReflectorTally()
    const told = [0, 1, 1, 1, 1].map((sum) => tally.take(head(sum, 0)).clockSteps)
    expect(told).toEqual([0, 1, 1, 0, 0])
  })

  test('what cannot be known on one side is not known', () => {
    const tally = new ReflectorTally()
    expect(tally.take(head(0, OVERFLOWS_UNKNOWN)).receiveOverflows).toBe(-1)
    expect(tally.take(head(0, 4)).receiveOverflows).toBe(-1)
    expect(tally.take(head(0, 5)).receiveOverflows).toBe(1)
  })

  test('a new session counts from nothing', () => {
    const tally = new ReflectorTally()
    tally.take(head(5, 50))
    tally.newSession()
    expect(tally.take(head(0, 2))).toEqual({ clockSteps: 0, receiveOverflows: 2 })
  })
})
