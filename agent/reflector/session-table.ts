import type { Usage } from './bounds.ts'
import type { Session } from './session.ts'

/** SSRC blocks: a session owns 4096 numbers, of which its calls use the first. */
const BLOCK_BITS = 12
/** Tags name a session by ten bits; the last value marks control messages. */
const SLOTS = 1023
/** Tokens that made a session are remembered for longer than any of them is accepted. */
const TOKEN_MEMORY_NS = 20e9

/** The open sessions, by every name they are looked up with. */
export class SessionTable {
  readonly #byBlock = new Map<number, Session>()
  readonly #byId = new Map<string, Session>()
  readonly #slots: (Session | undefined)[] = new Array(SLOTS)
  readonly #tokens = new Map<string, { sessionId: string; usedNs: number }>()
  #nextSlot = 0

  get size(): number {
    return this.#byId.size
  }

  /** All of them, in the order they opened. */
  sessions(): Iterable<Session> {
    return this.#byId.values()
  }
  /** The session whose block holds this SSRC. */
  bySsrc(ssrc: number): Session | undefined {
    return this.#byBlock.get(ssrc >>> BLOCK_BITS)
  }
  byId(id: string): Session | undefined {
    return this.#byId.get(id)
  }
  bySlot(slot: number): Session | undefined {
    return this.#slots[slot]
  }
  /** The id of the session that this token made, whether or not it still lives. */
  byToken(token: string): string | undefined {
    return this.#tokens.get(token)?.sessionId
  }

  usage(keyId: string): Usage {
    const usage = { sessions: this.size, sessionsOfKey: 0, streams: 0, packetsPerSecond: 0 }
    for (const { identity } of this.#byId.values()) {
      usage.streams += identity.granted.streams
      usage.packetsPerSecond += identity.granted.packetsPerSecond
      if (identity.keyId === keyId) usage.sessionsOfKey += 1
    }
    return usage
  }

  /** The least recently used free slot; -1 when all are taken. */
  freeSlot(): number {
    for (let i = 0; i < SLOTS; i++) {
      const slot = (this.#nextSlot + i) % SLOTS
      if (this.#slots[slot] === undefined) {
        this.#nextSlot = slot + 1
        return slot
      }
    }
    return -1
  }

  /** The first SSRC of a free block, from 32 random bits; the top bit is left for the replies. */
  freeSsrcBase(random: () => number): number {
    for (;;) {
      const block = (random() & 0x7fffffff) >>> BLOCK_BITS
      if (!this.#byBlock.has(block)) return block << BLOCK_BITS
    }
  }

  add(session: Session, nowNs: number): void {
    const { id, slot, ssrcBase, token } = session.identity
    this.#byId.set(id, session)
    this.#byBlock.set(ssrcBase >>> BLOCK_BITS, session)
    this.#slots[slot] = session
    this.#tokens.set(token, { sessionId: id, usedNs: nowNs })
  }

  remove(session: Session): void {
    const { id, slot, ssrcBase } = session.identity
    this.#byId.delete(id)
    this.#byBlock.delete(ssrcBase >>> BLOCK_BITS)
    this.#slots[slot] = undefined
  }

  /** Removes the sessions that `ended` names and returns how many; forgets tokens that are too old to be used. */
  sweep(nowNs: number, ended: (session: Session) => boolean): number {
    for (const [token, { usedNs }] of this.#tokens)
      if (nowNs - usedNs > TOKEN_MEMORY_NS) this.#tokens.delete(token)
    const gone = [...this.#byId.values()].filter(ended)
    for (const session of gone) this.remove(session)
    return gone.length
  }
}

export const BLOCK_MASK = 2 ** BLOCK_BITS - 1
