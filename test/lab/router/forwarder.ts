import { ErrorHistogram, type ErrorSummary } from './accuracy.ts'
import type { ArrivalTimes } from './arrival-times.ts'
import { icmpError } from './icmp-error.ts'
import { FATES, type Fate, type Impairment, type Leg } from './impairment.ts'
import { readInto, wallNs, writeFrom } from './kernel.ts'
import { emptyFacts, readFacts, rewrite } from './packet.ts'
import { type PacketStore, SLOT_BYTES, SLOTS } from './packet-store.ts'
import { type Decision, FATE, NO_RULE, RuleState } from './rule-state.ts'
import { Schedule } from './schedule.ts'

/** One end of the link: the TUN device towards a namespace. Side 0 is nearer the site. */
export interface Side {
  readonly fd: number
  readonly arrivals: ArrivalTimes
  /** The router's own addresses on this side, the source of its ICMP errors. */
  readonly ipv4: Uint8Array
  readonly ipv6: Uint8Array
}

export interface Counters {
  readonly out: Readonly<Record<Fate, number>>
  readonly back: Readonly<Record<Fate, number>>
  readonly copies: number
  /** Held now, to be sent later. */
  readonly waiting: number
  /** Not passed on and not logged: link-local, multicast, malformed. */
  readonly ignored: number
  /** Packets whose arrival had to be timed by the router instead of the kernel. */
  readonly withoutKernelTime: number
  /** Real delay minus wanted delay of what was forwarded. */
  readonly delayError: ErrorSummary
  /** From the kernel's arrival time to the router's reading. */
  readonly wakeUp: ErrorSummary
}

const BATCH = 32

/** Reads packets from both sides, decides, holds and sends them. No clock but the wall clock. */
export class Forwarder {
  readonly #sides: readonly [Side, Side]
  readonly #store: PacketStore
  readonly #baseSeconds: number
  readonly #hop: boolean
  readonly #schedule = new Schedule(SLOTS)
  readonly #facts = emptyFacts()
  readonly #lostFacts = emptyFacts()
  readonly #decision: Decision = emptyDecision()
  readonly #fates = [new Float64Array(FATES.length), new Float64Array(FATES.length)] as const
  readonly #delayError = new ErrorHistogram()
  readonly #wakeUp = new ErrorHistogram()
  #rules: readonly [readonly RuleState[], readonly RuleState[]] = [[], []]
  #arrivals = 0
  #copies = 0
  #ignored = 0
  #untimed = 0

  constructor(sides: readonly [Side, Side], store: PacketStore, base: number, hop: boolean) {
    this.#sides = sides
    this.#store = store
    this.#baseSeconds = base
    this.#hop = hop
  }

  /** New rules for what arrives from now on; what is held keeps its time, as on a real path. */
  impair(rules: readonly Impairment[], seed: number): void {
    const states = (leg: Leg) =>
      rules.flatMap((rule, index) =>
        rule.leg === undefined || rule.leg === leg
          ? [new RuleState(rule, index, leg, seed, this.#baseSeconds)]
          : [],
      )
    this.#rules = [states('out'), states('back')]
  }

  get nextDueNs(): number {
    return this.#schedule.nextDueNs
  }

  /** Sends everything that is due. */
  sendDue(): void {
    while (this.#schedule.size > 0 && this.#schedule.nextDueNs <= wallNs(this.#baseSeconds)) {
      this.#send(this.#schedule.pop())
    }
  }

  /** Reads what waits on a side, up to a bounded number; true when there may be more. */
  readSide(side: 0 | 1): boolean {
    for (let i = 0; i < BATCH; i++) {
      const slot = this.#store.take()
      // No room: nothing is read until something leaves, so the kernel's own queue fills.
      if (slot < 0) return false
      const length = readInto(this.#sides[side].fd, this.#store.address(slot), SLOT_BYTES)
      if (length <= 0) {
        this.#store.release(slot)
        return false
      }
      this.#store.lengths[slot] = length
      this.#store.sides[slot] = side
      this.#arrive(slot)
      if (this.#schedule.nextDueNs !== Number.POSITIVE_INFINITY) this.sendDue()
    }
    return true
  }

  /** Seals what is still held, for the end of the run. */
  abandon(): void {
    while (this.#schedule.size > 0) this.#drop(this.#schedule.pop(), FATE.held)
  }

  counters(): Counters {
    return {
      out: this.#named(0),
      back: this.#named(1),
      copies: this.#copies,
      waiting: this.#schedule.size,
      ignored: this.#ignored,
      withoutKernelTime: this.#untimed,
      delayError: this.#delayError.summary(),
      wakeUp: this.#wakeUp.summary(),
    }
  }

  clearAccuracy(): void {
    this.#delayError.clear()
    this.#wakeUp.clear()
  }

  #arrive(slot: number): void {
    const bytes = this.#store.block.bytes
    const at = this.#store.offset(slot)
    const length = this.#store.lengths[slot]!
    const side = this.#store.sides[slot] as 0 | 1
    const readNs = wallNs(this.#baseSeconds)
    const tapNs = this.#sides[side].arrivals.take(bytes, at, length, this.#onDeviceLoss[side])
    readFacts(bytes, at, length, this.#facts)
    if (!this.#facts.passable) {
      this.#ignored++
      this.#store.release(slot)
      return
    }
    const byKernel = !Number.isNaN(tapNs)
    if (byKernel) this.#wakeUp.add(readNs - tapNs)
    else this.#untimed++
    this.#store.describe(slot, this.#facts, byKernel ? tapNs : readNs, byKernel, this.#arrivals++)
    this.#decide(slot, side, byKernel ? tapNs : readNs)
  }

  #decide(slot: number, side: 0 | 1, inNs: number): void {
    const decision = this.#decision
    resetDecision(decision, this.#facts.tos, inNs)
    if (this.#hop && this.#facts.ttl <= 1) decision.fate = FATE.ttl
    else this.#applyRule(side, inNs)
    this.#store.decided(slot, decision, decision.dueNs - inNs)
    if (decision.fate !== FATE.forwarded) {
      this.#answer(slot, side)
      this.#drop(slot, decision.fate)
      return
    }
    const ttl = this.#hop ? this.#facts.ttl - 1 : this.#facts.ttl
    rewrite(this.#store.block.bytes, this.#store.offset(slot), ttl, decision.tos)
    if (decision.copyDueNs > 0) this.#hold(this.#store.copy(slot), decision.copyDueNs, true)
    this.#hold(slot, decision.dueNs, false)
  }

  #applyRule(side: 0 | 1, inNs: number): void {
    for (const rule of this.#rules[side]) {
      if (!rule.matches(this.#facts, inNs)) continue
      rule.decide(this.#facts, inNs, this.#decision)
      return
    }
  }

  #hold(slot: number, dueNs: number, isCopy: boolean): void {
    if (slot < 0) return
    if (isCopy) this.#copies++
    this.#store.dueNs[slot] = dueNs
    this.#schedule.push(slot, dueNs)
  }

  #send(slot: number): void {
    const side = this.#store.sides[slot] as 0 | 1
    const far = this.#sides[side === 0 ? 1 : 0]
    const outNs = wallNs(this.#baseSeconds)
    const sent = writeFrom(far.fd, this.#store.address(slot), this.#store.lengths[slot]!)
    if (sent < 0) {
      this.#drop(slot, FATE.refused)
      return
    }
    this.#delayError.add(outNs - this.#store.dueNs[slot]!)
    this.#fates[side][FATE.forwarded]!++
    this.#store.seal(slot, FATE.forwarded, outNs)
  }

  #drop(slot: number, fate: number): void {
    this.#fates[this.#store.sides[slot]!]![fate]!++
    this.#store.seal(slot, fate, 0)
  }

  /** The ICMP error that a router owes the sender, sent back where the packet came from. */
  #answer(slot: number, side: 0 | 1): void {
    const { fate, answerTooBig } = this.#decision
    if (fate !== FATE.ttl && answerTooBig === 0) return
    const { fd, ipv4, ipv6 } = this.#sides[side]
    const from = this.#facts.version === 4 ? ipv4 : ipv6
    const kind = fate === FATE.ttl ? 'time-exceeded' : 'too-big'
    const at = this.#store.offset(slot)
    const bytes = this.#store.block.bytes
    const reply = icmpError(kind, bytes, at, this.#facts, from, answerTooBig)
    const room = reply === undefined ? -1 : this.#store.take()
    if (reply === undefined || room < 0) return
    bytes.set(reply, this.#store.offset(room))
    writeFrom(fd, this.#store.address(room), reply.length)
    this.#store.release(room)
  }

  readonly #onDeviceLoss = ([0, 1] as const).map(
    (side) => (heads: Uint8Array, at: number, length: number, timeNs: number) => {
      readFacts(heads, at, length, this.#lostFacts)
      const slot = this.#lostFacts.passable ? this.#store.take() : -1
      if (slot < 0) return
      this.#store.sides[slot] = side
      this.#store.describe(slot, this.#lostFacts, timeNs, true, this.#arrivals++)
      resetDecision(this.#decision, this.#lostFacts.tos, timeNs)
      this.#store.decided(slot, this.#decision, 0)
      this.#drop(slot, FATE.device)
    },
  ) as [DeviceLoss, DeviceLoss]

  #named(side: 0 | 1): Readonly<Record<Fate, number>> {
    const entries = FATES.map((fate, index) => [fate, this.#fates[side][index]!])
    return Object.fromEntries(entries)
  }
}

type DeviceLoss = (heads: Uint8Array, at: number, length: number, timeNs: number) => void

function emptyDecision(): Decision {
  return { fate: 0, rule: NO_RULE, tos: 0, dueNs: 0, copyDueNs: 0, answerTooBig: 0 }
}

function resetDecision(decision: Decision, tos: number, inNs: number): void {
  decision.fate = FATE.forwarded
  decision.rule = NO_RULE
  decision.tos = tos
  decision.dueNs = inNs
  decision.copyDueNs = 0
  decision.answerTooBig = 0
}
