import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import type { AccessBook } from '../store/access/book.ts'
import type { KnownAccess } from './known.ts'
import type { TokenBook } from './token-file.ts'

/** What a bearer token allows, whether it stands in the token file or in the store. */
export type Bearer =
  | { readonly role: 'agent'; readonly site: string; readonly agent: string }
  | {
      readonly role: 'viewer' | 'admin'
      readonly name: string
      readonly customer: string | null
    }

const WRITTEN = /^bearer +vr_([0-9a-f]{16})_([A-Za-z0-9_-]{43})$/i
/** The time of last use is written at most this often for one token. */
const NOTE_EVERY_MS = 60_000

/** Finds who a header `Authorization: Bearer vr_...` speaks for. */
export class Bearers {
  readonly #file: TokenBook
  readonly #known: KnownAccess
  readonly #book: Pick<AccessBook, 'noteUse'>
  readonly #noted = new Map<string, number>()

  constructor(file: TokenBook, known: KnownAccess, book: Pick<AccessBook, 'noteUse'>) {
    this.#file = file
    this.#known = known
    this.#book = book
  }

  /** Null when the header proves nothing: unknown, wrong, expired or taken back. */
  async prove(header: string | undefined, nowMs: number): Promise<Bearer | null> {
    const [, id, secret] = WRITTEN.exec(header ?? '') ?? []
    if (id === undefined || secret === undefined) return null
    const inFile = this.#file.tokens().get(id)
    if (inFile !== undefined) {
      if (!fits(secret, inFile.secretSha256)) return null
      return inFile.role === 'agent'
        ? inFile
        : { role: 'viewer', name: inFile.name, customer: null }
    }
    const known = await this.#known.fresh()
    const token = known.token(id) ?? (await known.sooner()).token(id)
    if (token === null || token.revokedMs !== null || !fits(secret, token.secretSha256)) return null
    if (token.expiresMs !== null && token.expiresMs <= nowMs) return null
    this.#note(id, nowMs)
    const { role, name, customer, site, agent } = token
    if (role !== 'agent') return { role, name, customer }
    return site === null || agent === null ? null : { role, site, agent }
  }

  /** When a token was last used is told to a minute, and costs no request its time. */
  #note(id: string, nowMs: number): void {
    if (nowMs - (this.#noted.get(id) ?? Number.NEGATIVE_INFINITY) < NOTE_EVERY_MS) return
    this.#noted.set(id, nowMs)
    // It is a convenience: a store that fails is told by what needs it.
    this.#book.noteUse([{ id, atMs: nowMs }]).catch(() => this.#noted.delete(id))
  }
}

function fits(secret: string, secretSha256: string): boolean {
  const given = createHash('sha256').update(secret).digest()
  return timingSafeEqual(given, Buffer.from(secretSha256, 'hex'))
}

/** A new token: `written` is shown once, of its secret only the hash is kept. */
export function newSecret(): {
  readonly id: string
  readonly secretSha256: string
  readonly written: string
} {
  const id = randomBytes(8).toString('hex')
  const secret = randomBytes(32).toString('base64url')
  const secretSha256 = createHash('sha256').update(secret).digest('hex')
  return { id, secretSha256, written: `vr_${id}_${secret}` }
}
