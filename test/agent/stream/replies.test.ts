import { describe, expect, test } from 'vitest'
import { Replies } from '../../../agent/stream/replies.ts'
import { Schedule } from '../../../agent/stream/schedule.ts'
import { Windows } from '../../../agent/stream/windows.ts'
import {
  carriesHistory,
  DWELL_UNKNOWN,
  EARLIER_DWELLS,
  writeEarlierDwell,
  writeProbeBack,
} from '../../../shared/wire/probe.ts'
import { RTP_HEADER, writeRtp } from '../../../shared/wire/rtp.ts'

/** One call whose replies are made by hand. */
function bench(payloadBytes = 160) {
  const schedule = new Schedule(0, 1)
  const windows = new Windows({ baseSeconds: 0, schedule, runCount: 1000 })
  const window = windows.at(0, 0, 0)
  const replies = new Replies(windows, 1, payloadBytes, 0)
  replies.newSession(true)
  const rows = window.rows[0]
  if (rows === undefined) throw new Error('no rows')
  const take = (
    sequence: number,
    reply: number,
    dwells: readonly number[] = [],
    atNs = 0,
  ): void => {
    const bytes = new Uint8Array(RTP_HEADER + payloadBytes)
    const view = new DataView(bytes.buffer)
    writeRtp(view, 0, false, 0, reply, sequence * 160, 1)
    const dwell = dwells[0] ?? DWELL_UNKNOWN
    writeProbeBack(view, RTP_HEADER, 1000, 0, sequence, 184, 60, dwell, 9)
    if (carriesHistory(payloadBytes))
      for (let i = 0; i < EARLIER_DWELLS; i++)
        writeEarlierDwell(view, RTP_HEADER, i, dwells[i + 1] ?? DWELL_UNKNOWN)
    const arrival = { bytes, view, offset: 0, length: bytes.length, truncated: false }
    replies.take(0, { ...arrival, stampNs: atNs, tos: 184, ttl: 61 }, 0)
  }
  return { replies, rows, take, windows, window }
}

describe('duplicates', () => {
  test('the same reply twice came twice on the way back', () => {
    const { rows, take } = bench()
    for (const _ of [1, 2, 3]) take(5, 0)
    expect([rows.duplicatesBack[5], rows.duplicatesOut[5]]).toEqual([2, 0])
  })

  test('another reply to the same packet was asked for twice on the way out', () => {
    const { rows, take } = bench()
    take(5, 0)
    take(5, 1)
    expect([rows.duplicatesBack[5], rows.duplicatesOut[5], rows.replySequence[5]]).toEqual([
      0, 1, 0,
    ])
  })

  test('doubled on both ways, each way has its own', () => {
    const { rows, take } = bench()
    for (const reply of [0, 0, 1, 1]) take(5, reply)
    expect([rows.duplicatesBack[5], rows.duplicatesOut[5]]).toEqual([2, 1])
  })
})

describe('dwell', () => {
  test('is that of the reply before', () => {
    const { rows, take } = bench(20)
    take(0, 0)
    take(1, 1, [77])
    expect([rows.dwellNs[0], rows.dwellNs[1]]).toEqual([77_000, Number.NaN])
  })

  test('survives eight lost replies in a G.711 stream', () => {
    const { rows, take } = bench()
    take(0, 0)
    take(9, 9, [8, 7, 6, 5, 4, 3, 2, 1, 99])
    expect(rows.dwellNs[0]).toBe(99_000)
  })

  test('waits for a reply that was overtaken', () => {
    const { rows, take } = bench(20)
    take(1, 1, [50])
    take(0, 0)
    expect(rows.dwellNs[0]).toBe(50_000)
  })

  test('of the last reply comes with the receipt', () => {
    const { replies, rows, take } = bench(20)
    take(0, 0)
    replies.dwellOfSession(0, 0, 31)
    expect(rows.dwellNs[0]).toBe(31_000)
  })
})

test('reply sequences count on past sixteen bits, and across sessions', () => {
  const { replies, rows, take } = bench()
  take(0, 65_530)
  take(1, 3)
  take(2, 65_535)
  expect([...rows.replySequence.subarray(0, 3)]).toEqual([65_530, 65_539, 65_535])
  replies.newSession(true)
  take(3, 0)
  take(4, 2)
  expect([...rows.replySequence.subarray(3, 5)]).toEqual([65_540, 65_542])
})

test('arrivals are numbered in the order they came, and a closed window takes none', () => {
  const { replies, rows, take, windows, window } = bench()
  for (const [sequence, reply] of [
    [2, 0],
    [0, 1],
    [1, 2],
  ] as const)
    take(sequence, reply)
  expect([...rows.arrivalOrder.subarray(0, 4)]).toEqual([1, 2, 0, -1])
  windows.remove(window)
  take(7, 3)
  expect([rows.replySequence[7], replies.tooLate]).toEqual([-1, 1])
})
