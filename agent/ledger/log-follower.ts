import {
  type Checkpoint,
  openCheckpoint,
  parseCheckpoint,
} from '../../shared/evidence/checkpoint.ts'
import { type HeadWord, holdAgainst, proofWanted } from '../../shared/evidence/log-follow.ts'
import { nodeCrypto } from '../../shared/evidence/node-crypto.ts'
import { parseNote, signatureLine } from '../../shared/evidence/note.ts'
import { toBase64 } from '../../shared/evidence/octets.ts'
import { formatVkey, parseVkey, type Vkey, vkeyOf } from '../../shared/evidence/vkey.ts'
import type { Fork } from '../../shared/record/record.ts'
import type { Log } from '../log.ts'
import type { LogWord } from '../run/record.ts'
import type { LogSource } from './ask-log.ts'
import { type KeptLog, keepProof, readKept, writeKept } from './kept-log.ts'

export interface FollowerParts {
  readonly source: LogSource
  /** The state folder. */
  readonly state: string
  /** Verifier key of the log as enrolment handed it over; null: enrolled before it did. */
  readonly pin: string | null
  readonly log: Log
  readonly nowMs: () => number
}

/** Longest checkpoint that is taken, characters: a record must be able to carry it. */
const LONGEST_NOTE = 1200
const LONGEST_ORIGIN = 200
/** What lasts is said again at every so many looks: a quarter of an hour or so. */
const TELL_EVERY = 20

interface Shown {
  readonly note: string
  readonly checkpoint: Checkpoint
  readonly vkey: Vkey
}

/**
 * Holds the collector to its log: keeps the newest checkpoint, and takes a newer one only when it is
 * shown to begin with the kept one. What does not go together is kept as proof and said in every
 * record until the log is shown to be one again; two roots of one size can never be.
 *
 * The log's key is pinned at enrolment. An agent that enrolled before that was handed over takes the
 * first key that its collector states, says so, and holds it to that one for good.
 */
export class LogFollower {
  readonly #parts: FollowerParts
  #kept: KeptLog | null
  #troubled = ''
  #looks = 0
  #looking: Promise<void> = Promise.resolve()

  constructor(parts: FollowerParts) {
    this.#parts = parts
    this.#kept = this.#read()
  }

  /** What the next record is to say. */
  readonly word = (): LogWord => {
    const { note = null, fork = null } = this.#kept ?? {}
    const head = note === null ? null : headOf(note)
    return {
      ...(head === null ? {} : { seen: { ...head, root: toBase64(head.root) } }),
      ...(fork === null ? {} : { fork }),
    }
  }

  /**
   * One look at the log, after those that were begun before; never throws: what stands in the way is
   * told once, and its end.
   */
  look(source = this.#parts.source): Promise<void> {
    this.#looking = this.#looking.then(() => this.#look(source))
    return this.#looking
  }

  async #look(source: LogSource): Promise<void> {
    try {
      const before = this.#read()
      const pinned = before ?? (await this.#pin(source))
      const note = await source.checkpoint()
      if (note === null) throw new Error('the collector shows no checkpoint')
      const shown = this.#open(note, pinned)
      await this.#hold(pinned, shown, source)
      this.#trouble('')
    } catch (error) {
      this.#trouble((error as Error).message)
    }
    this.#looks += 1
    if (this.#looks % TELL_EVERY === 0 && this.#kept?.fork) this.#cryOut(this.#kept.fork)
  }

  /** An operator may have changed the file; one that cannot be read was set aside and is told. */
  #read(): KeptLog | null {
    try {
      this.#kept = readKept(this.#parts.state)
    } catch (error) {
      this.#parts.log.error('what was kept of the log was damaged', {
        why: (error as Error).message,
      })
      this.#kept = null
    }
    return this.#kept
  }

  async #pin(source: LogSource): Promise<KeptLog> {
    const { pin, log } = this.#parts
    const text = pin ?? (await source.key())
    const vkey = parseVkey(nodeCrypto, text)
    if (!vkey.ok) throw new Error(`the key of the log: ${vkey.error}`)
    const pinned = pin === null ? ('first-use' as const) : ('enrolment' as const)
    if (pin === null) log.warn('the key of the log is trusted on first use', { key: text })
    const { name: origin } = vkey.value
    const kept = { origin, vkey: text, pinned, note: null, keptMs: 0, fork: null, before: [] }
    return { format: 'voip-ready/kept-log/1', ...kept }
  }

  /** @throws Error when no trusted key has signed it */
  #open(note: string, { vkey: pinned }: KeptLog): Shown {
    const parsed = parseNote(note)
    const text = parsed.ok ? parseCheckpoint(parsed.value.text) : null
    const key = parseVkey(nodeCrypto, pinned)
    if (!text?.ok || !key.ok) throw new Error('the checkpoint cannot be read')
    const { origin } = text.value
    // A log that is begun anew after a loss has another name, and the same key (ledger recover).
    const vkey = vkeyOf(nodeCrypto, { name: origin, publicKey: key.value.publicKey })
    const opened = openCheckpoint(nodeCrypto, note, [vkey])
    if (!opened.ok) throw new Error(`not signed by the pinned key of the log (${opened.error})`)
    const short = `${opened.value.text}\n${ownLine(note, vkey)}`
    if (short.length > LONGEST_NOTE || origin.length > LONGEST_ORIGIN) {
      throw new Error(`a checkpoint of ${short.length} characters is not taken`)
    }
    return { note: short, checkpoint: opened.value.checkpoint, vkey }
  }

  async #hold(kept: KeptLog, shown: Shown, source: LogSource): Promise<void> {
    const { checkpoint } = shown
    const base = lastHeadOf(kept, checkpoint.origin)
    const own = base === null ? null : headOf(base)
    if (base === null || own === null) return this.#begin(kept, shown)
    const wanted = proofWanted(own, checkpoint)
    const { from, to } = wanted ?? { from: 0, to: 0 }
    const proof = wanted === null ? null : await source.consistency(from, to)
    // Whoever changed the file meanwhile (an operator) is heard first.
    if (this.#read()?.note !== kept.note) return
    const word = holdAgainst(nodeCrypto, own, checkpoint, proof)
    if (word === 'advanced') this.#advance(kept, shown)
    else if (isFork(word)) this.#found(kept, { kind: word, kept: base, shown: shown.note }, proof)
  }

  /** The first checkpoint of a log. What was held against the log before it is answered by its end. */
  #begin(kept: KeptLog, shown: Shown): void {
    const { log } = this.#parts
    const { origin, size } = shown.checkpoint
    if (kept.note !== null) {
      const facts = { before: kept.origin, now: origin }
      log.warn('the collector has begun another log; the last head of the old one is kept', facts)
    }
    this.#keep(this.#moved(kept, shown))
    log.info('the log of the collector is followed', { origin, size })
  }

  #advance(kept: KeptLog, shown: Shown): void {
    const moved = this.#moved(kept, shown)
    const { size } = shown.checkpoint
    if (kept.fork !== null && moved.fork === null)
      this.#parts.log.info('the log is shown to be one again', { size })
    this.#keep(moved)
  }

  /** With another head in place of that of its log. Two roots of one size stay for good. */
  #moved(kept: KeptLog, { note, checkpoint: { origin }, vkey }: Shown): KeptLog {
    const heads = kept.note === null ? kept.before : [...kept.before, kept.note]
    return {
      ...{ ...kept, origin, vkey: formatVkey(vkey), note, keptMs: this.#parts.nowMs() },
      fork: kept.fork?.kind === 'two-roots' ? kept.fork : null,
      before: heads.filter((head) => headOf(head)?.origin !== origin),
    }
  }

  #found(kept: KeptLog, found: Omit<Fork, 'noticedMs'>, proof: readonly Uint8Array[] | null): void {
    const { state, log, nowMs } = this.#parts
    // The worst that was found stands; the same again is no news.
    if (kept.fork?.kind === found.kind || kept.fork?.kind === 'two-roots') return
    const fork = { ...found, noticedMs: nowMs() }
    // Said in the next record even where the disk fails below.
    this.#kept = { ...kept, fork }
    this.#cryOut(fork)
    const consistency = proof?.map(toBase64) ?? null
    const whole = { format: 'voip-ready/fork/1', vkey: kept.vkey, ...fork, consistency } as const
    const file = keepProof(state, whole)
    this.#keep({ ...kept, fork })
    log.error('both signed heads are kept as proof', { file: file ?? 'no: there are too many' })
  }

  #keep(kept: KeptLog): void {
    writeKept(this.#parts.state, kept)
    this.#kept = kept
  }

  #cryOut({ kind, noticedMs }: Fork): void {
    const since = new Date(noticedMs).toISOString()
    const mend = 'ask who runs the collector; show both heads with: voip-ready agent ledger'
    this.#parts.log.error(FORK_WORDS[kind], { since, mend })
  }

  #trouble(why: string): void {
    if (why === this.#troubled) return
    this.#troubled = why
    if (why === '') this.#parts.log.info('the log of the collector is followed again')
    else this.#parts.log.warn('the log of the collector cannot be followed', { why })
  }
}

/** For people, by what was found. */
export const FORK_WORDS: Readonly<Record<Fork['kind'], string>> = {
  'two-roots': 'FORK: the log has signed two histories of one size',
  unproven: 'FORK?: the log does not show that it still begins with what it was',
  'rolled-back':
    'ROLLED BACK: the log is shorter than it was, and does not show that it is its beginning',
}

function isFork(word: HeadWord): word is Fork['kind'] {
  return word in FORK_WORDS
}

/** Origin, size and root of a note that was verified before it was kept. */
export function headOf(note: string): Pick<Checkpoint, 'origin' | 'size' | 'root'> | null {
  const parsed = parseNote(note)
  const text = parsed.ok ? parseCheckpoint(parsed.value.text) : null
  if (!text?.ok) return null
  const { origin, size, root } = text.value
  return { origin, size, root }
}

/** The last head that was kept of a log; null: it is new here. A log that was left is still held to it. */
function lastHeadOf({ note, before }: KeptLog, origin: string): string | null {
  const heads = note === null ? before : [...before, note]
  return heads.findLast((head) => headOf(head)?.origin === origin) ?? null
}

function ownLine(note: string, { name, keyId }: Vkey): string {
  const parsed = parseNote(note)
  const all = parsed.ok ? parsed.value.signatures : []
  const own = all.find((one) => one.name === name && one.keyId === keyId)
  return own === undefined ? '' : signatureLine(own)
}
