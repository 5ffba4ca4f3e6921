import { parseStored } from '../../server/ingest/parse.ts'
import { openSqliteStore } from '../../server/store/sqlite/open.ts'
import type { AgentRecord } from '../../shared/record/record.ts'
import type { Kept } from './recorder-process.ts'

/** A record as the collector has it. */
export interface Stored extends Kept {
  readonly previous: string | null
  readonly dropped: AgentRecord['dropped']
}

/** Everything that a collector which is not running has stored of the agent that plays in tests. */
export async function readStored(data: string): Promise<readonly Stored[]> {
  const store = await openSqliteStore(data, Date.now())
  try {
    const rows = await store.between('faulty', 0, Date.now() + 86_400_000, 1_000_000)
    return rows.map((row) => {
      const { boot, sequence, payloadSha256: sha256 } = row
      const { previous, dropped } = parseStored(row)
      return { boot, sequence, sha256, previous, dropped }
    })
  } finally {
    await store.close()
  }
}

/**
 * What is wrong with what is stored, in sentences; empty when every record that was promised is
 * there with the bytes that were promised, none twice, no sequence was used for two, and the chain
 * of hashes reaches from the newest to the first without a fork or a hole.
 */
export function contradictions(kept: readonly Kept[], stored: readonly Stored[]): string[] {
  const wrong: string[] = []
  const place = ({ boot, sequence }: Kept) => `${boot}/${sequence}`
  const there = new Map(stored.map((one) => [place(one), one]))
  if (there.size !== stored.length) wrong.push(`${stored.length - there.size} stored twice`)
  const promised = new Map<string, string>()
  for (const one of kept) {
    const before = promised.get(place(one))
    if (before !== undefined) wrong.push(`${place(one)} was given to two records`)
    promised.set(place(one), one.sha256)
    const found = there.get(place(one))
    if (found === undefined) wrong.push(`${place(one)} was kept and is lost`)
    else if (found.sha256 !== one.sha256) wrong.push(`${place(one)} is stored with other bytes`)
  }
  return [...wrong, ...chainFaults(stored)]
}

function chainFaults(stored: readonly Stored[]): string[] {
  const hashes = new Set(stored.map((one) => one.sha256))
  const named = new Set<string | null>()
  const wrong: string[] = []
  for (const { boot, sequence, previous } of stored) {
    const where = `${boot}/${sequence}`
    if (named.has(previous)) wrong.push(`${where} forks the chain`)
    if (previous !== null && !hashes.has(previous)) wrong.push(`${where} follows one that is lost`)
    named.add(previous)
  }
  return wrong
}
