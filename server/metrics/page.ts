import { Buffer } from 'node:buffer'
import type { FailedQuarter } from '../history/failed-quarters.ts'
import {
  AGENT_FAMILIES,
  AGENT_REVOKED,
  AGENT_UP,
  type ExpiringAgentKey,
  FAR_END_SILENT,
  KEY_EXPIRY,
  MAINTENANCE,
  type MaintainedSite,
  QUARTER_FAILED,
  type RevokedAgent,
  type SilentFarEnds,
} from './agent-families.ts'
import { type Block, spanIn } from './board.ts'
import { SITE_FAMILIES } from './catalogue.ts'
import { type Family, header, sample } from './exposition.ts'

const CHUNK_BYTES = 128 * 1024

/** A block, and the runs of its slots that are wanted, each from its first to its last. */
interface Part {
  readonly block: Block
  readonly runs: readonly (readonly [first: number, last: number])[]
}

/** One answer to a scrape: sites and agents come in one after the other, families go out. */
export class Page {
  readonly #wants: (site: string) => boolean
  readonly #agents: Part[] = []
  readonly #sites: Part[] = []
  #absent = ''
  #expiring = ''
  #silent = ''
  #revoked = ''
  #maintained = ''
  #failed = ''

  /** @param wants says which sites are asked for */
  constructor(wants: (site: string) => boolean) {
    this.#wants = wants
  }

  /** Series of agents, by AGENT_FAMILIES. */
  addAgents(block: Block): void {
    this.#agents.push(this.#partOf(block))
  }

  /** Series of sites, by SITE_FAMILIES. */
  addSites(block: Block): void {
    this.#sites.push(this.#partOf(block))
  }

  /** Of an agent that was never heard only that is known: it is not up. */
  addAbsent(site: string, agent: string): void {
    if (this.#wants(site)) this.#absent += sample(AGENT_UP, { site, agent }, 0)
  }

  /** A key that runs out soon, or has. */
  addExpiring({ site, agent, expiresMs }: ExpiringAgentKey): void {
    if (!this.#wants(site)) return
    this.#expiring += sample(KEY_EXPIRY.name, { site, agent }, expiresMs / 1000)
  }

  /** Nothing more is taken from it. */
  addRevoked({ site, agent, sinceMs }: RevokedAgent): void {
    if (this.#wants(site))
      this.#revoked += sample(AGENT_REVOKED.name, { site, agent }, sinceMs / 1000)
  }

  /** What an agent says of its far ends before any record can. */
  addSilent({ site, agent, silent }: SilentFarEnds): void {
    if (!this.#wants(site)) return
    for (const { farEnd, sinceMs } of silent) {
      this.#silent += sample(FAR_END_SILENT.name, { site, agent, far_end: farEnd }, sinceMs / 1000)
    }
  }

  /** The parties leave this time out. */
  addMaintained({ site, untilMs }: MaintainedSite): void {
    if (this.#wants(site)) this.#maintained += sample(MAINTENANCE.name, { site }, untilMs / 1000)
  }

  /** A clause that failed over the newest quarter hour. */
  addFailed({ site, line, farEnd, leg, toMs }: FailedQuarter): void {
    if (!this.#wants(site)) return
    const labels = { site, clause: line, far_end: farEnd, leg }
    this.#failed += sample(QUARTER_FAILED.name, labels, toMs / 1000)
  }

  /** The text in chunks of its own memory. */
  *chunks(): Generator<Uint8Array> {
    for (const [index, family] of AGENT_FAMILIES.entries()) {
      yield* familyOf(family, index, this.#agents, family.name === AGENT_UP ? this.#absent : '')
    }
    if (this.#expiring !== '') yield Buffer.from(header(KEY_EXPIRY) + this.#expiring)
    if (this.#revoked !== '') yield Buffer.from(header(AGENT_REVOKED) + this.#revoked)
    if (this.#silent !== '') yield Buffer.from(header(FAR_END_SILENT) + this.#silent)
    if (this.#maintained !== '') yield Buffer.from(header(MAINTENANCE) + this.#maintained)
    if (this.#failed !== '') yield Buffer.from(header(QUARTER_FAILED) + this.#failed)
    for (const [index, family] of SITE_FAMILIES.entries()) {
      yield* familyOf(family, index, this.#sites, '')
    }
  }

  #partOf(block: Block): Part {
    const wanted = block.names.map(this.#wants)
    const runs: [number, number][] = []
    for (const [slot, one] of wanted.entries()) {
      const run = runs.at(-1)
      if (one && run?.[1] === slot - 1) run[1] = slot
      else if (one) runs.push([slot, slot])
    }
    return { block, runs }
  }
}

/** @param more samples that no block has */
function* familyOf(
  family: Family,
  index: number,
  parts: readonly Part[],
  more: string,
): Generator<Uint8Array> {
  const chunk = new Chunk(header(family))
  for (const { block, runs } of parts) {
    for (const [first, last] of runs) {
      const [from, to] = spanIn(block, index, first, last)
      if (to === from) continue
      const full = chunk.makeRoom(to - from)
      if (full !== null) yield full
      chunk.add(block.bytes.subarray(from, to))
    }
  }
  if (more !== '') {
    const bytes = Buffer.from(more)
    const full = chunk.makeRoom(bytes.length)
    if (full !== null) yield full
    chunk.add(bytes)
  }
  yield chunk.rest()
}

/** Fills one block of memory after the other; each that is handed out is never touched again. */
class Chunk {
  #opening: string
  #bytes: Buffer = Buffer.alloc(0)
  #at = 0

  /** @param opening what stands before the first piece; without a piece it is not written */
  constructor(opening: string) {
    this.#opening = opening
  }

  /** Makes sure that a piece of this length fits; gives what is full, if anything had to go. */
  makeRoom(length: number): Uint8Array | null {
    if (this.#at + length <= this.#bytes.length) return null
    const full = this.#at === 0 ? null : this.rest()
    const size = Math.max(CHUNK_BYTES, length + this.#opening.length)
    this.#bytes = Buffer.allocUnsafeSlow(size)
    this.#at = this.#bytes.write(this.#opening)
    this.#opening = ''
    return full
  }

  add(piece: Uint8Array): void {
    this.#bytes.set(piece, this.#at)
    this.#at += piece.length
  }

  rest(): Uint8Array {
    return this.#bytes.subarray(0, this.#at)
  }
}
