import { expect, test } from 'vitest'
import { HISTORY } from '../../../agent/reflector/bounds.ts'
import { type ReflectorStanding, receiptOf } from '../../../agent/reflector/receipts.ts'
import { Session } from '../../../agent/reflector/session.ts'
import { ReceiptQuest } from '../../../agent/stream/receipts.ts'
import { FRAME_NS, Schedule } from '../../../agent/stream/schedule.ts'
import type { WindowBody } from '../../../agent/stream/window-body.ts'
import { WindowCloser } from '../../../agent/stream/window-closer.ts'
import { Windows } from '../../../agent/stream/windows.ts'
import { lossOf } from '../../../shared/measure/loss.ts'
import { contradicts } from '../../../shared/measure/receipt.ts'
import { emptyRows, type ReceiptCounts } from '../../../shared/measure/rows.ts'
import {
  CLOCK_ADJTIMEX,
  CLOCK_SYNCHRONISED,
  FORGOTTEN,
  type Receipt,
  type ReceiptRequest,
  receiptBody,
} from '../../../shared/wire/receipt.ts'

const CALLS = 2
const DRAIN_NS = 500e6
const SECOND = 50 * FRAME_NS
const STANDING: ReflectorStanding = {
  capabilities: {
    ...{ setTos: true, seeTos: true, seeTtl: true, seeEgress: true, rawIcmp: true },
    engine: 'linux',
    receiveStamp: 'kernel',
    transmitStamp: 'kernel',
    scheduling: 'fifo',
  },
  ...{ clockSteps: 0, receiveOverflows: 0 },
  clock: { synchronised: true, maxErrorNs: 1000, source: 'adjtimex' },
}

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

/** Over the wire and back. */
function answerTo(session: Session, request: ReceiptRequest, old: boolean): Receipt {
  const body = receiptBody(request.count)
  const view = new DataView(new ArrayBuffer(body.bytes))
  body.write(view, 0, receiptOf(session, request, STANDING))
  const receipt = body.read(view, 0)
  if (!old) return receipt
  // A reflector from before the mark says nothing of its memory, and that nothing came.
  const clockFlags = receipt.clockFlags & (CLOCK_SYNCHRONISED | CLOCK_ADJTIMEX)
  return { ...receipt, clockFlags, received: receipt.received === FORGOTTEN ? 0 : receipt.received }
}

interface Way {
  /** Whether the packet, and its reply, get there. */
  readonly out?: (sequence: number) => boolean
  readonly back?: (sequence: number) => boolean
  /** Whether the far end's control can be asked when so many packets have left. */
  readonly asked?: (sequence: number) => boolean
  readonly old?: boolean
}

/** A run against a reflector's own book-keeping, in a time that is counted and not waited for. */
function runOf(count: number, { out, back, asked: heard, old = false }: Way) {
  const session = sessionOf(CALLS)
  const schedule = new Schedule(0, CALLS)
  const windows = new Windows({ baseSeconds: 0, schedule, runCount: count })
  const asked: ReceiptRequest[] = []
  let sent = 0
  let closed: WindowBody | undefined
  const closer = new WindowCloser({
    windows,
    client: {
      ...{ phase: 'open', signedSession: undefined, reflectorBoot: '0a'.repeat(8) },
      get answers() {
        return heard?.(sent) ?? true
      },
      ask: (_type, _body, value) =>
        void asked.push({ ...(value as unknown as ReceiptRequest), sessionId: '00'.repeat(8) }),
    },
    replies: { dwellOfSession: () => {} },
    sent: () => sent,
    ...{ drainNs: DRAIN_NS, signed: false, offsetNs: () => 0, report: () => {} },
    onUnheard: () => {},
    emit: (body) => {
      closed = body
    },
  })
  closer.newSession(0, HISTORY)
  const window = windows.at(0, 0, 0)
  let looked = 0
  const until = (nowNs: number) => {
    while (closer.nextDue() <= nowNs && closed === undefined) {
      closer.tick(nowNs)
      for (const request of asked.splice(0))
        closer.take({ type: 'receipt', receipt: answerTo(session, request, old) })
      looked += 1
    }
  }
  for (sent = 0; sent < count; sent++) {
    for (let call = 0; call < CALLS; call++) {
      const rows = window.rows[call]!
      rows.dueNs[sent] = rows.sentNs[sent] = schedule.dueNs(call, sent)
      if (out?.(sent) === false || !session.arrived(call, sent)) continue
      const reply = session.reply(call, sent, 0, 0)
      if (back?.(sent) === false) continue
      rows.replySequence[sent] = reply
      rows.arrivalOrder[sent] = reply
      rows.returnedNs[sent] = schedule.dueNs(call, sent) + 1e6
    }
    until(schedule.dueNs(CALLS - 1, sent))
  }
  const endNs = schedule.dueNs(CALLS - 1, count - 1)
  for (let ms = 0; ms < 5000; ms += 10) until(endNs + ms * 1e6)
  if (closed === undefined) throw new Error('the window did not close')
  const { out: there, back: here, attribution, contradictedReceipts } = lossOf(closed.streams, 1000)
  const lost = { out: there.lost, back: here.lost, open: there.unattributed }
  const receipts = closed.streams.map(({ receipt }) => receipt)
  const { oneSided } = closed.evidence
  return { receipts, looked, attribution, lost, contradictedReceipts, oneSided, closed }
}

const missingIn = ({ receivedBitmap, count }: ReceiptCounts) =>
  Array.from({ length: count }, (_, i) => i).filter(
    (i) => ((receivedBitmap[i >> 3] ?? 0) & (0x80 >> (i & 7))) === 0,
  )

test('a run that is longer than a reflector remembers has a receipt of all of it', () => {
  const count = HISTORY + 9000
  const lost = new Set([100, 7999, 8000, HISTORY + 1, count - 1])
  for (const old of [false, true]) {
    const { receipts, looked } = runOf(count, { out: (one) => !lost.has(one), old })
    expect(receipts.map((receipt) => receipt?.received)).toEqual(
      Array.from({ length: CALLS }, () => count - lost.size),
    )
    for (const receipt of receipts)
      expect(receipt === null ? null : missingIn(receipt)).toEqual([...lost])
    // Once a second while it goes on, and some at its end.
    expect(looked).toBeLessThan((count * FRAME_NS) / SECOND + 120)
  }
})

test('a short run asks when it is over, and not before', () => {
  const { receipts, looked } = runOf(3000, { out: (one) => one !== 5 })
  expect(receipts[0]?.received).toBe(2999)
  expect(looked).toBeLessThan(120)
})

/** Nothing is heard of the far end for 400 s, in which all that was sent arrived there. */
const [FROM, TO] = [9000, 29_000]
const within = (one: number) => one >= FROM && one < TO

test.each([false, true])(
  'what a reflector has forgotten is not known: replies tell the legs, and why is told (from before: %s)',
  (old) => {
    const way = { back: (one: number) => !within(one), asked: (one: number) => !within(one), old }
    const { closed, ...found } = runOf(TO + 9000, way)
    expect(found.receipts).toEqual([null, null])
    expect(found).toMatchObject({
      ...{ oneSided: 'forgotten', attribution: 'replies', contradictedReceipts: 0 },
      lost: { out: 0, back: CALLS * (TO - FROM), open: 0 },
    })
    // What it says of itself it says all the same.
    expect(closed.reflector?.clock).toEqual(STANDING.clock)
  },
)

test('a reflector that heard nothing meanwhile has forgotten nothing, which only a new one can say', () => {
  const way = { out: (one: number) => one < FROM, asked: (one: number) => !within(one) }
  const { oneSided, attribution, lost } = runOf(TO + 9000, way)
  expect({ oneSided, attribution }).toEqual({ oneSided: 'not-offered', attribution: 'receipt' })
  expect(lost).toEqual({ out: CALLS * TO, back: 0, open: 0 })
  const before = runOf(TO + 9000, { ...way, old: true })
  expect(before.oneSided).toBe('forgotten')
  expect(before.lost).toEqual({ out: 0, back: 0, open: CALLS * TO })
})

test('an agent from before the mark throws such a receipt out, whatever it has heard', () => {
  const session = sessionOf(1)
  session.arrived(0, 3 * HISTORY)
  const asked = { sessionId: '00'.repeat(8), stream: 0, firstSequence: 0, count: 9000 }
  const parts: ReceiptRequest[] = []
  const quest = new ReceiptQuest([asked], (stream, firstSequence, count) => {
    parts.push({ ...asked, stream, firstSequence, count })
  })
  quest.tick(0)
  for (const part of parts) quest.take(answerTo(session, part, false), true)
  const rows = emptyRows(0, 0, asked.count)
  rows.sentNs.fill(0)
  expect(contradicts(rows, quest.of(0)!)).toBe(true)
})

const NOBODY = {
  ...{ answers: false, signedSession: undefined, reflectorBoot: undefined, ask: () => {} },
}

test.each([
  ['asking', 5.5, true],
  ['open', 5.5, false],
  ['open', 240.5, true],
] as const)(
  'a silent far end whose session is %s: after %d s its minute is told: %s',
  (phase, seconds, told) => {
    const schedule = new Schedule(0, 1)
    const windows = new Windows({ baseSeconds: 0, schedule, runCount: 100 })
    let closed: WindowBody | undefined
    const closer = new WindowCloser({
      ...{ windows, client: { ...NOBODY, phase } },
      ...{ replies: { dwellOfSession: () => {} }, sent: () => 100, onUnheard: () => {} },
      ...{ drainNs: DRAIN_NS, signed: true, offsetNs: () => 0, report: () => {} },
      emit: (body) => {
        closed = body
      },
    })
    const window = windows.at(0, 0, 0)
    closer.tick(window.lastDueNs + DRAIN_NS + seconds * 1e9)
    expect(closed !== undefined).toBe(told)
  },
)
