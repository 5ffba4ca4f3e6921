import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import { sha256 } from './chain.ts'
import type { Spool } from './spool.ts'

/** Bounds of one batch, before it is packed; the collector takes more. */
const MOST_RECORDS = 100
const MOST_BYTES = 2_000_000

/** Records that go together, oldest first, and their lines packed. */
export interface Batch {
  readonly names: readonly string[]
  /** SHA-256 of their payloads, as the answer must name them. */
  readonly digests: readonly string[]
  readonly packed: Uint8Array
}

/** What the collector said of one line. */
export interface LineWord {
  readonly status: number
  readonly said: string
}

const pack = promisify(gzip)

/**
 * As many of these records as fit into one batch, as NDJSON in gzip; at least one where any can be
 * read. Damaged ones are set aside by the spool and left out.
 */
export async function makeBatch(
  spool: Pick<Spool, 'read'>,
  names: readonly string[],
  onDamaged: (name: string) => void,
): Promise<Batch> {
  const taken: string[] = []
  const digests: string[] = []
  const lines: Uint8Array[] = []
  let bytes = 0
  for (const name of names) {
    if (taken.length >= MOST_RECORDS) break
    const record = spool.read(name)
    if (record === undefined) {
      onDamaged(name)
      continue
    }
    const { bytes: line, payload } = record
    if (taken.length > 0 && bytes + line.length > MOST_BYTES) break
    bytes += line.length
    taken.push(name)
    digests.push(sha256(payload))
    lines.push(line, NEWLINE)
  }
  return { names: taken, digests, packed: await pack(Buffer.concat(lines)) }
}

const NEWLINE = Buffer.from('\n')

/**
 * What a batch's answer says of each of its lines, in their order; null when it is no such answer
 * (then nothing is known of any of them). A record is only held to be stored by a word that names its
 * own bytes: an answer that went astray must not take records with it.
 */
export function wordsOf(body: string, digests: readonly string[]): readonly LineWord[] | null {
  let results: unknown
  try {
    results = (JSON.parse(body) as { readonly results?: unknown } | null)?.results
  } catch {
    return null
  }
  if (!Array.isArray(results) || results.length !== digests.length) return null
  return results.map((result, at) => wordOf(result, digests[at] ?? ''))
}

/** The same rule for a record that went alone: only a word that names its bytes is believed. */
export function isKept(body: string, digest: string): boolean {
  try {
    return wordOf(JSON.parse(body) as Result | null, digest).status === 200
  } catch {
    return false
  }
}

interface Result {
  readonly outcome?: unknown
  readonly sha256?: unknown
  readonly problem?: { readonly status?: unknown } | null
}

/** Whatever is not understood says nothing about the record: status 0, and it stays. */
function wordOf(result: Result | null, digest: string): LineWord {
  const { outcome, problem, sha256: named } = result ?? {}
  const kept = outcome === 'stored' || outcome === 'repeated'
  if (kept && named === digest) return { status: 200, said: outcome }
  const status = outcome === 'refused' ? Number(problem?.status) : 0
  const said = JSON.stringify(problem ?? result).slice(0, 300)
  return { status: Number.isInteger(status) && status >= 400 ? status : 0, said }
}
