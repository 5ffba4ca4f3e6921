import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { writeDurably } from '../../shared/disk/durable.ts'
import { makeFolder } from '../../shared/disk/folder.ts'
import { Fault } from '../../shared/errors.ts'
import { type Checkpoint, openCheckpoint } from '../../shared/evidence/checkpoint.ts'
import { nodeCrypto } from '../../shared/evidence/node-crypto.ts'
import type { Vkey } from '../../shared/evidence/vkey.ts'

/** What a witness cosigned last of a log. */
export interface Cosigned {
  readonly checkpoint: Checkpoint
  /** The checkpoint with the log's signature and the witness's own: what monitors are given. */
  readonly note: string
  /** Seconds since 1970 that the cosignature states. */
  readonly seconds: number
}

/** Requests of each kind that are kept: anybody can fill the second folder, and only the log the first. */
const MOST_KEPT = 100
/** Made with the key, and never again: a key without it has forgotten what it cosigned. */
export const LOGS = 'logs'
const FORKS = 'forks'
const REFUSED = 'refused'
const HASH_NAME = /^[0-9a-f]{64}\.checkpoint$/

/**
 * What a witness remembers, one file for each log, whole or not there after a crash at any instant. A
 * file that is not what this witness cosigned stops it: beginning anew would let a log be rewritten.
 */
export class WitnessBook {
  readonly #state: string
  readonly #own: Vkey
  readonly #keysOf: (origin: string) => readonly Vkey[]
  readonly #last = new Map<string, Cosigned>()

  /** @throws Fault STORE, CONFIG_VALUE naming the file */
  constructor(state: string, own: Vkey, keysOf: (origin: string) => readonly Vkey[]) {
    this.#state = state
    this.#own = own
    this.#keysOf = keysOf
    const logs = join(state, LOGS)
    if (!existsSync(logs)) {
      const repair = 'restore it; without it this witness must have a new key, in another --state'
      throw new Fault(
        'STORE',
        logs,
        'what this witness cosigned: made with its key',
        'none',
        repair,
      )
    }
    for (const folder of [FORKS, REFUSED]) makeFolder(join(state, folder))
    for (const name of readdirSync(logs).filter((one) => HASH_NAME.test(one))) {
      const cosigned = this.#read(join(logs, name))
      this.#last.set(cosigned.checkpoint.origin, cosigned)
    }
  }

  lastOf(origin: string): Cosigned | null {
    return this.#last.get(origin) ?? null
  }

  all(): readonly Cosigned[] {
    return [...this.#last.values()]
  }

  /** By the SHA-256 of a log's origin, hexadecimal. */
  byHash(hash: string): Cosigned | null {
    return this.all().find(({ checkpoint }) => originHash(checkpoint.origin) === hash) ?? null
  }

  /** Returns when it is on disk. @throws what the disk throws; then nothing was changed */
  keep(cosigned: Cosigned): void {
    const { origin } = cosigned.checkpoint
    writeDurably(join(this.#state, LOGS), fileOf(origin), cosigned.note)
    this.#last.set(origin, cosigned)
  }

  /**
   * Keeps a request that was refused as inconsistent; the file's name, or null where it is kept already
   * or there are too many.
   * @param proves the log has signed two roots of one size
   */
  keepRefused(body: string, proves: boolean, nowMs: number): string | null {
    const folder = join(this.#state, proves ? FORKS : REFUSED)
    const name = `${createHash('sha256').update(body).digest('hex').slice(0, 16)}.txt`
    if (existsSync(join(folder, name)) || readdirSync(folder).length >= MOST_KEPT) return null
    const when = `# refused ${new Date(nowMs).toISOString()}\n`
    writeDurably(folder, name, when + body)
    return join(folder, name)
  }

  /** Files of proofs that a log signed two histories. */
  get forks(): readonly string[] {
    return readdirSync(join(this.#state, FORKS)).map((name) => join(this.#state, FORKS, name))
  }

  #read(path: string): Cosigned {
    const note = readFileSync(path, 'utf8')
    const origin = note.split('\n')[0] ?? ''
    const keys = this.#keysOf(origin)
    if (keys.length === 0) {
      const repair = 'name the key of that log in --logs again; a witness does not forget a log'
      throw new Fault('CONFIG_VALUE', path, 'a log of --logs', origin, repair)
    }
    const opened = openCheckpoint(nodeCrypto, note, [...keys, this.#own])
    const mine = opened.ok ? opened.value.verified.find(({ vkey }) => vkey === this.#own) : null
    // Under another name it would stand beside, or before, the newer one of its log.
    if (opened.ok && mine?.seconds != null && basename(path) === fileOf(origin)) {
      return { checkpoint: opened.value.checkpoint, note, seconds: mine.seconds }
    }
    const repair = 'restore the file; without it this witness must have a new key'
    throw new Fault('CONFIG_VALUE', path, 'what this witness cosigned', 'something else', repair)
  }
}

const fileOf = (origin: string) => `${originHash(origin)}.checkpoint`

/** How C2SP tlog-witness names a log in addresses. */
export function originHash(origin: string): string {
  return createHash('sha256').update(origin).digest('hex')
}
