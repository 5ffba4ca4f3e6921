import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import { Problem, type ProblemCode, problem } from '../problem.ts'
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

  /**
   * Who the header speaks for, or why it proves nothing. That a token has expired or was taken back is
   * told to nobody but who brings its whole secret; an id that is not known and a secret that does not
   * fit are answered alike.
   */
  async prove(header: string | undefined, nowMs: number): Promise<Bearer | Problem> {
    const found = await this.#find(header, nowMs)
    if (found instanceof Problem) return found
    if (found.noted !== null) this.#note(found.noted, nowMs)
    return found.bearer
  }

  async #find(
    header: string | undefined,
    nowMs: number,
  ): Promise<{ readonly bearer: Bearer; readonly noted: string | null } | Problem> {
    if (header === undefined) return tokenWanted()
    const [, id, secret] = WRITTEN.exec(header) ?? []
    if (id === undefined || secret === undefined) {
      return refuse('unauthorized', FORM, 'something that is no token')
    }
    const inFile = this.#file.tokens().get(id)
    if (inFile !== undefined) {
      if (!fits(secret, inFile.secretSha256)) return refuse('token-unknown', KNOWN)
      if (inFile.role === 'agent') return { bearer: inFile, noted: null }
      return { bearer: { role: 'viewer', name: inFile.name, customer: null }, noted: null }
    }
    const known = await this.#known.fresh()
    const token = known.token(id) ?? (await known.sooner()).token(id)
    if (token === null || !fits(secret, token.secretSha256)) return refuse('token-unknown', KNOWN)
    const { role, name, customer, site, agent, revokedMs, expiresMs } = token
    const at = (ms: number) => new Date(ms).toISOString()
    if (revokedMs !== null) return refuse('token-revoked', KNOWN, `one revoked at ${at(revokedMs)}`)
    if (expiresMs !== null && expiresMs <= nowMs) {
      return refuse('token-expired', KNOWN, `one that expired at ${at(expiresMs)}`)
    }
    if (role !== 'agent') return { bearer: { role, name, customer }, noted: id }
    if (site === null || agent === null) return refuse('token-unknown', KNOWN)
    return { bearer: { role, site, agent }, noted: id }
  }

  /** When a token was last used is told to a minute, and costs no request its time. */
  #note(id: string, nowMs: number): void {
    if (nowMs - (this.#noted.get(id) ?? Number.NEGATIVE_INFINITY) < NOTE_EVERY_MS) return
    this.#noted.set(id, nowMs)
    // It is a convenience: a store that fails is told by what needs it.
    this.#book.noteUse([{ id, atMs: nowMs }]).catch(() => this.#noted.delete(id))
  }
}

const FORM = 'Bearer <token>'
const KNOWN = 'a token that holds here'

/** What is said where nothing was brought. */
export const tokenWanted = () => refuse('unauthorized', FORM)

function refuse(code: ProblemCode, wanted: string, found?: string): Problem {
  const detail = { where: 'header Authorization', wanted }
  return problem(code, found === undefined ? detail : { ...detail, found })
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
