import { Buffer } from 'node:buffer'
import {
  AGENT_FAMILIES,
  AGENT_UP,
  type AgentView,
  type ExpiringAgentKey,
  KEY_EXPIRY,
} from './agent-families.ts'
import { SITE_FAMILIES } from './catalogue.ts'
import { header, sample } from './exposition.ts'
import type { SiteText } from './site-text.ts'

const CHUNK_BYTES = 64 * 1024
/** Pieces copied before the caller gets a say, whether or not a chunk is full. */
const PIECES_PER_STEP = 500

/** One answer to a scrape: sites and agents come in one after the other, families go out. */
export class Page {
  readonly #agents: string[] = AGENT_FAMILIES.map(() => '')
  readonly #sites: SiteText[] = []
  #expiring = ''

  addAgent(agent: AgentView): void {
    for (const [index, family] of AGENT_FAMILIES.entries()) {
      this.#agents[index] += family.sample(agent)
    }
  }

  /** Of an agent that was never heard only that is known: it is not up. */
  addAbsent(site: string, agent: string): void {
    const index = AGENT_FAMILIES.findIndex(({ name }) => name === AGENT_UP)
    this.#agents[index] += sample(AGENT_UP, { site, agent }, 0)
  }

  /** A key that runs out soon, or has. */
  addExpiring({ site, agent, expiresMs }: ExpiringAgentKey): void {
    this.#expiring += sample(KEY_EXPIRY.name, { site, agent }, expiresMs / 1000)
  }

  addSite(site: SiteText): void {
    this.#sites.push(site)
  }

  /** The text in chunks of its own memory; an empty one only lets the caller pause. */
  *chunks(): Generator<Uint8Array> {
    for (const [index, family] of AGENT_FAMILIES.entries()) {
      const samples = this.#agents[index] ?? ''
      if (samples !== '') yield Buffer.from(header(family) + samples)
    }
    if (this.#expiring !== '') yield Buffer.from(header(KEY_EXPIRY) + this.#expiring)
    for (const index of SITE_FAMILIES.keys()) yield* this.#family(index)
  }

  *#family(index: number): Generator<Uint8Array> {
    const family = SITE_FAMILIES[index]
    if (family === undefined) return
    const chunk = new Chunk(header(family))
    for (const [place, { bytes, ends }] of this.#sites.entries()) {
      const from = index === 0 ? 0 : (ends[index - 1] ?? 0)
      const to = ends[index] ?? from
      if (to > from) {
        const full = chunk.makeRoom(to - from)
        if (full !== null) yield full
        chunk.add(bytes.subarray(from, to))
      }
      if (place % PIECES_PER_STEP === PIECES_PER_STEP - 1) yield EMPTY
    }
    yield chunk.rest()
  }
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

const EMPTY = new Uint8Array(0)
