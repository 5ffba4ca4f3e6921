import type { IngestRefusalCode } from './refusals.ts'

/** Records without proof that one source may send in one go, and how many a second for ever. */
const BURST = 600
const PER_SECOND = 10
/** One body may hold hundreds of them: what was too much is paid for by waiting, a minute at most. */
const DEEPEST_DEBT = 600
/** Sources that are remembered; the longest unheard of is forgotten first. */
const MOST_SOURCES = 10_000

/** Refusals that say nothing of who sent the record: anybody could have made it. */
const UNPROVEN: ReadonlySet<IngestRefusalCode> = new Set<IngestRefusalCode>([
  ...(['not-json', 'json-too-deep', 'json-repeated-key', 'schema', 'payload-encoding'] as const),
  ...(['bad-encoding', 'unpacked-too-large', 'unsigned', 'unknown-key', 'bad-signature'] as const),
])

interface Bucket {
  left: number
  atMs: number
}

/**
 * What strangers may cost: a body has to be read before it can be refused for want of a signature, so
 * whoever sends many such is asked to wait before his next one is read. Who proves in the header of
 * the request who he is never comes here; an agent whose records are good never loses anything.
 */
export class Strangers {
  readonly #monotonicMs: () => number
  readonly #sources = new Map<string, Bucket>()

  constructor(monotonicMs: () => number) {
    this.#monotonicMs = monotonicMs
  }

  /** Seconds until a source may send again; 0: now. */
  waitSeconds(source: string): number {
    const bucket = this.#sources.get(source)
    if (bucket === undefined) return 0
    const left = this.#leftNow(bucket)
    return left >= 1 ? 0 : Math.ceil((1 - left) / PER_SECOND)
  }

  /** A record of this source was refused. */
  refused(source: string, code: IngestRefusalCode): void {
    if (!UNPROVEN.has(code)) return
    const before = this.#sources.get(source)
    const had = before === undefined ? BURST : this.#leftNow(before)
    const left = Math.max(-DEEPEST_DEBT, had - 1)
    this.#sources.delete(source)
    this.#sources.set(source, { left, atMs: this.#monotonicMs() })
    const [oldest] = this.#sources.keys()
    if (this.#sources.size > MOST_SOURCES && oldest !== undefined) this.#sources.delete(oldest)
  }

  #leftNow({ left, atMs }: Bucket): number {
    return Math.min(BURST, left + ((this.#monotonicMs() - atMs) / 1000) * PER_SECOND)
  }
}
