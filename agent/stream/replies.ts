import { readNtp } from '../../shared/wire/ntp-time.ts'
import {
  carriesHistory,
  dwellNs,
  EARLIER_DWELLS,
  earlierDwell,
  probeBackDwell,
  probeBackTos,
  probeBackTtl,
  probeSequence,
} from '../../shared/wire/probe.ts'
import { RTP_HEADER, rtpSequence } from '../../shared/wire/rtp.ts'
import type { Arrival } from '../engine/types.ts'
import { type OpenWindow, unstepped, type Windows } from './windows.ts'

/** Replies whose row is remembered for a dwell that comes later (or came before); a power of two. */
const RECENT = 16
const ROW_KEY = 2 ** 24

/**
 * Puts replies into rows. Per call it keeps the extended reply sequence and, for the last replies,
 * which packet they answered, because a reply brings the dwell of those before it.
 */
export class Replies {
  readonly #windows: Windows
  readonly #baseSeconds: number
  readonly #payloadBytes: number
  /** Reply sequence expected next, per call, counted on across sessions. */
  readonly #next: Float64Array
  /** What the current session's reply 0 counts as. */
  readonly #epoch: Float64Array
  readonly #answered: Float64Array
  readonly #answeredReply: Float64Array
  readonly #knownReply: Float64Array
  readonly #earlyReply: Float64Array
  readonly #earlyCode: Uint16Array
  /** Highest sequence answered, per call; -1 before the first. */
  readonly highest: Float64Array
  seeTos = false
  /** First replies so far, and those whose window was closed already. */
  received = 0
  tooLate = 0

  constructor(windows: Windows, calls: number, payloadBytes: number, baseSeconds: number) {
    this.#windows = windows
    this.#baseSeconds = baseSeconds
    this.#payloadBytes = payloadBytes
    this.#next = new Float64Array(calls)
    this.#epoch = new Float64Array(calls)
    this.#answered = new Float64Array(calls * RECENT)
    this.#answeredReply = new Float64Array(calls * RECENT).fill(-1)
    this.#knownReply = new Float64Array(calls * RECENT).fill(-1)
    this.#earlyReply = new Float64Array(calls * RECENT).fill(-1)
    this.#earlyCode = new Uint16Array(calls * RECENT)
    this.highest = new Float64Array(calls).fill(-1)
  }

  /** A new session counts its replies from 0: they are counted on from here. */
  newSession(seeTos: boolean): void {
    this.seeTos = seeTos
    this.#epoch.set(this.#next)
  }

  /** Takes one checked reply of `call`; `offsetNs` is wall minus monotonic at its arrival. Returns its round trip in ns, NaN if not new. */
  take(call: number, arrival: Arrival, offsetNs: number): number {
    const payload = arrival.offset + RTP_HEADER
    const sequence = probeSequence(arrival.view, payload)
    const reply = this.#extend(call, rtpSequence(arrival.view, arrival.offset))
    this.#remember(call, reply, sequence)
    const window = this.#windows.find(call, sequence)
    let roundTrip = Number.NaN
    if (window === undefined) this.tooLate += 1
    else roundTrip = this.#record(window, call, sequence, reply, arrival, offsetNs)
    this.#dwells(call, reply, arrival, payload)
    return roundTrip
  }

  /** RFC 3550 A.1: the number nearest to the expected one that has these low sixteen bits. */
  #extend(call: number, low: number): number {
    const within = this.#next[call]! - this.#epoch[call]!
    const ahead = ((low - (within & 0xffff) + 0x8000) & 0xffff) - 0x8000
    const reply = this.#epoch[call]! + Math.max(within + ahead, low)
    if (reply >= this.#next[call]!) this.#next[call] = reply + 1
    return reply
  }

  #record(
    window: OpenWindow,
    call: number,
    sequence: number,
    reply: number,
    arrival: Arrival,
    offsetNs: number,
  ): number {
    const rows = window.rows[call]!
    const i = sequence - window.first[call]!
    if (rows.replySequence[i] !== -1) {
      this.#duplicate(window, call, i, reply)
      return Number.NaN
    }
    const payload = arrival.offset + RTP_HEADER
    const reachedNs = readNtp(arrival.view, payload, this.#baseSeconds)
    const returnedNs = unstepped(window, arrival.stampNs, offsetNs)
    rows.replySequence[i] = reply
    rows.reachedNs[i] = reachedNs
    rows.returnedNs[i] = returnedNs
    rows.tosOut[i] = this.seeTos ? probeBackTos(arrival.view, payload) : -1
    rows.ttlOut[i] = probeBackTtl(arrival.view, payload)
    rows.tosBack[i] = arrival.tos
    rows.ttlBack[i] = arrival.ttl
    rows.arrivalOrder[i] = window.arrivals[call]!++
    this.received += 1
    if (sequence > this.highest[call]!) this.highest[call] = sequence
    return returnedNs - rows.sentNs[i]!
  }

  /** The same reply sequence twice came twice on the way back; another one was asked for twice. */
  #duplicate(window: OpenWindow, call: number, i: number, reply: number): void {
    const rows = window.rows[call]!
    if (rows.replySequence[i] === reply) {
      rows.duplicatesBack[i]! += 1
      return
    }
    const key = call * ROW_KEY + i
    const others = window.extraReplies.get(key) ?? []
    if (others.includes(reply)) {
      rows.duplicatesBack[i]! += 1
      return
    }
    rows.duplicatesOut[i]! += 1
    window.extraReplies.set(key, [...others.slice(-15), reply])
  }

  #remember(call: number, reply: number, sequence: number): void {
    const at = call * RECENT + (reply & (RECENT - 1))
    if (this.#answeredReply[at]! > reply) return
    this.#answered[at] = sequence
    this.#answeredReply[at] = reply
  }

  #dwells(call: number, reply: number, { view }: Arrival, payload: number): void {
    const at = call * RECENT + (reply & (RECENT - 1))
    if (this.#earlyReply[at] === reply) this.dwell(call, reply, this.#earlyCode[at]!)
    this.dwell(call, reply - 1, probeBackDwell(view, payload))
    if (!carriesHistory(this.#payloadBytes)) return
    for (let i = 0; i < EARLIER_DWELLS; i++)
      this.dwell(call, reply - 2 - i, earlierDwell(view, payload, i))
  }

  /** The dwell of a reply of this session's own counting, from a receipt. */
  dwellOfSession(call: number, reply: number, code: number): void {
    this.dwell(call, this.#epoch[call]! + reply, code)
  }

  /** Fills the dwell of an earlier reply into its row; keeps it for a reply that is still on its way. */
  dwell(call: number, reply: number, code: number): void {
    const at = call * RECENT + (reply & (RECENT - 1))
    if (this.#knownReply[at] === reply) return
    const ns = dwellNs(code)
    if (reply < this.#epoch[call]! || Number.isNaN(ns)) return
    if (this.#answeredReply[at] !== reply) {
      this.#earlyReply[at] = reply
      this.#earlyCode[at] = code
      return
    }
    this.#knownReply[at] = reply
    const sequence = this.#answered[at]!
    const window = this.#windows.find(call, sequence)
    if (window === undefined) return
    const i = sequence - window.first[call]!
    const rows = window.rows[call]!
    if (rows.replySequence[i] === reply) rows.dwellNs[i] = ns
  }
}
