import { inflateSync } from 'node:zlib'
import type { LineOf } from '../../shared/evidence/bundle.ts'
import { toBase64 } from '../../shared/evidence/octets.ts'
import { digestsOf } from '../../shared/evidence/rows-digests.ts'
import type { AgentRecord } from '../../shared/record/record.ts'
import type { HistoryBook } from '../store/history/book.ts'

const PAGE = 500
const MOST_RAW = 16 * 2 ** 20

/** Digests that a record signs for, in the order in which a bundle has their rows. */
export function digestsIn({ evidence = [] }: Pick<AgentRecord, 'evidence'>): string[] {
  return evidence.flatMap(digestsOf).map(({ sha256 }) => sha256)
}

/** Those whose rows are kept here, in their order and each once. */
export async function keptOf(
  history: Pick<HistoryBook, 'rawRowsKept'>,
  site: string,
  digests: readonly string[],
): Promise<string[]> {
  const once = [...new Set(digests)]
  const kept = new Set<string>()
  for (let at = 0; at < once.length; at += PAGE) {
    const found = await history.rawRowsKept(site, once.slice(at, at + PAGE))
    for (const sha256 of found) kept.add(sha256)
  }
  return once.filter((sha256) => kept.has(sha256))
}

/** The lines of raw rows. @throws Error when some went while the bundle was being made */
export async function* rowsLines(
  history: Pick<HistoryBook, 'rawRows'>,
  site: string,
  digests: readonly string[],
): AsyncGenerator<LineOf<'rows'>> {
  for (const sha256 of digests) {
    const body = await history.rawRows(site, sha256)
    if (body === null) throw new Error(`bundle: raw rows ${sha256} are no longer kept`)
    const packed = inflateSync(body, { maxOutputLength: MOST_RAW })
    yield { kind: 'rows', sha256, bytes: toBase64(packed) }
  }
}
