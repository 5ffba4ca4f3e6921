import { writeSync } from 'node:fs'
import { allocate, type Block } from './kernel.ts'
import type { PacketFacts } from './packet.ts'
import type { Decision } from './rule-state.ts'
import { FLAG, RECORD_BYTES, writeHeader } from './truth-log.ts'

/** Packets held and the record of each, by slot; and the log their records end in. */
export const SLOT_BYTES = 2048
export const SLOTS = 32_768
const LOG_RECORDS = 8192

/** Slots are given out last in, first out, so that few pages are ever touched. */
export class PacketStore {
  readonly block: Block = allocate(SLOTS * SLOT_BYTES)
  readonly lengths = new Uint16Array(SLOTS)
  readonly sides = new Uint8Array(SLOTS)
  readonly dueNs = new Float64Array(SLOTS)
  readonly #records = new DataView(new ArrayBuffer(SLOTS * RECORD_BYTES))
  readonly #recordBytes = new Uint8Array(this.#records.buffer)
  readonly #free = new Uint32Array(SLOTS)
  readonly #log = new Uint8Array(LOG_RECORDS * RECORD_BYTES)
  readonly #logFd: number
  #freeCount = SLOTS
  #logged = 0

  constructor(logFd: number, baseSeconds: number) {
    this.#logFd = logFd
    for (let i = 0; i < SLOTS; i++) this.#free[i] = SLOTS - 1 - i
    writeHeader(logFd, baseSeconds)
  }

  /** A free slot, or -1. */
  take(): number {
    return this.#freeCount === 0 ? -1 : this.#free[--this.#freeCount]!
  }

  release(slot: number): void {
    this.#free[this.#freeCount++] = slot
  }

  address(slot: number): number {
    return this.block.at + slot * SLOT_BYTES
  }

  offset(slot: number): number {
    return slot * SLOT_BYTES
  }

  /** A second slot with the same packet and record, marked as a copy; -1 when none is free. */
  copy(slot: number): number {
    const twin = this.take()
    if (twin < 0) return twin
    const from = this.offset(slot)
    this.block.bytes.copyWithin(this.offset(twin), from, from + this.lengths[slot]!)
    this.lengths[twin] = this.lengths[slot]!
    this.sides[twin] = this.sides[slot]!
    const record = slot * RECORD_BYTES
    this.#recordBytes.copyWithin(twin * RECORD_BYTES, record, record + RECORD_BYTES)
    const flags = twin * RECORD_BYTES + 22
    this.#records.setUint8(flags, this.#records.getUint8(flags) | FLAG.copy)
    return twin
  }

  describe(slot: number, facts: PacketFacts, inNs: number, byKernel: boolean, count: number): void {
    const at = slot * RECORD_BYTES
    const record = this.#records
    const flags =
      (facts.isRtp ? FLAG.rtp : 0) |
      (facts.version === 6 ? FLAG.ipv6 : 0) |
      (byKernel ? FLAG.kernelTime : 0) |
      (this.sides[slot] === 1 ? FLAG.back : 0)
    record.setFloat64(at, inNs, true)
    record.setUint32(at + 16, facts.ssrc, true)
    record.setUint16(at + 20, facts.sequence, true)
    record.setUint8(at + 22, flags)
    record.setUint8(at + 25, facts.tos)
    record.setUint8(at + 27, facts.ttl)
    record.setUint16(at + 28, facts.sourcePort, true)
    record.setUint16(at + 30, facts.destinationPort, true)
    record.setUint16(at + 32, facts.length, true)
    record.setUint8(at + 34, facts.protocol)
    record.setUint32(at + 40, count, true)
  }

  decided(slot: number, decision: Decision, wantedNs: number): void {
    const at = slot * RECORD_BYTES
    this.#records.setUint8(at + 24, decision.rule)
    this.#records.setUint8(at + 26, decision.tos)
    this.#records.setFloat32(at + 36, wantedNs / 1000, true)
  }

  /** Seals a packet's fate in the log and frees its slot. `outNs` 0: it never left. */
  seal(slot: number, fate: number, outNs: number): void {
    const at = slot * RECORD_BYTES
    this.#records.setFloat64(at + 8, outNs, true)
    this.#records.setUint8(at + 23, fate)
    const record = this.#recordBytes.subarray(at, at + RECORD_BYTES)
    this.#log.set(record, this.#logged * RECORD_BYTES)
    this.release(slot)
    if (++this.#logged === LOG_RECORDS) this.flush()
  }

  /** More than a page of records waits for a quiet moment to be written. */
  get wantsFlush(): boolean {
    return this.#logged >= LOG_RECORDS / 16
  }

  flush(): void {
    if (this.#logged > 0) writeSync(this.#logFd, this.#log, 0, this.#logged * RECORD_BYTES)
    this.#logged = 0
  }
}
