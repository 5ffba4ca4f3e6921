import { expect, test } from 'vitest'
import { HISTORY } from '../../../agent/reflector/bounds.ts'
import { Session } from '../../../agent/reflector/session.ts'
import { FRAME_NS, Schedule } from '../../../agent/stream/schedule.ts'
import { type WindowBody, WindowCloser } from '../../../agent/stream/window-closer.ts'
import { Windows } from '../../../agent/stream/windows.ts'
import type { ReceiptCounts } from '../../../shared/measure/rows.ts'
import type { ReceiptRequest } from '../../../shared/wire/receipt.ts'

const CALLS = 2
const DRAIN_NS = 500e6
const SECOND = 50 * FRAME_NS

function sessionOf(streams: number): Session {
  const peer = { address: '127.0.0.1', port: 4000, family: 4 as const }
  return new Session(
    {
      ...{ id: '00'.repeat(8), slot: 0, keyId: 'k', nonce: '', token: '', ssrcBase: 0, peer },
      ...{ payloadBytes: 160, payloadType: 0, tos: 184, cookies: {} as never },
      granted: {
        streams,
        packetsPerSecond: 100,
        lifetimeSeconds: 3600,
        idleSeconds: 60,
        history: HISTORY,
      },
      before: { clockSteps: 0, receiveOverflows: 0 },
    },
    0,
  )
}

/** A run against a reflector's own book-keeping, in a time that is counted and not waited for. */
function runOf(count: number, lost: ReadonlySet<number>) {
  const session = sessionOf(CALLS)
  const schedule = new Schedule(0, CALLS)
  const windows = new Windows({ baseSeconds: 0, schedule, runCount: count })
  const asked: ReceiptRequest[] = []
  let closed: WindowBody | undefined
  const closer = new WindowCloser({
    windows,
    client: {
      ...{ answers: true, phase: 'open', signedSession: undefined },
      ask: (_type, _body, value) => void asked.push(value as unknown as ReceiptRequest),
    },
    replies: { dwellOfSession: () => {} },
    ...{ drainNs: DRAIN_NS, signed: false, offsetNs: () => 0, report: () => {} },
    onUnheard: () => {},
    emit: (body) => {
      closed = body
    },
  })
  const answer = () => {
    for (const request of asked.splice(0)) {
      const { stream, firstSequence, count: n } = request
      const receipt = {
        ...{ ...request, ...session.range(stream, firstSequence, n), capabilities: {} as never },
        ...{ clockFlags: 0, clockMaxErrorNs: Number.NaN, clockSteps: 0, egressTos: 0 },
        ...{ egressProof: 0, receiveOverflows: 0, replySequenceNext: 0, lastDwells: [] },
      }
      closer.take({ type: 'receipt', receipt })
    }
  }
  windows.at(0, 0, 0)
  let looked = 0
  const until = (nowNs: number) => {
    while (closer.nextDue() <= nowNs && closed === undefined) {
      closer.tick(nowNs)
      answer()
      looked += 1
    }
  }
  for (let sequence = 0; sequence < count; sequence++) {
    for (let call = 0; call < CALLS; call++)
      if (!lost.has(sequence)) session.arrived(call, sequence)
    until(schedule.dueNs(CALLS - 1, sequence))
  }
  const endNs = schedule.dueNs(CALLS - 1, count - 1)
  for (let ms = 0; ms < 5000; ms += 10) until(endNs + ms * 1e6)
  return { closed, looked }
}

const missingIn = ({ receivedBitmap, count }: ReceiptCounts) =>
  Array.from({ length: count }, (_, i) => i).filter(
    (i) => ((receivedBitmap[i >> 3] ?? 0) & (0x80 >> (i & 7))) === 0,
  )

test('a run that is longer than a reflector remembers has a receipt of all of it', () => {
  const count = HISTORY + 9000
  const lost = new Set([100, 7999, 8000, HISTORY + 1, count - 1])
  const { closed, looked } = runOf(count, lost)
  expect(closed?.streams.map(({ receipt }) => receipt?.received)).toEqual(
    Array.from({ length: CALLS }, () => count - lost.size),
  )
  for (const { receipt } of closed?.streams ?? []) {
    expect(receipt === null ? null : missingIn(receipt)).toEqual([...lost])
  }
  // Once a second while it goes on, and some at its end.
  expect(looked).toBeLessThan((count * FRAME_NS) / SECOND + 120)
})

test('a short run asks when it is over, and not before', () => {
  const { closed, looked } = runOf(3000, new Set([5]))
  expect(closed?.streams[0]?.receipt?.received).toBe(2999)
  expect(looked).toBeLessThan(120)
})
