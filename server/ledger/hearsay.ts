import { sameOctets } from '../../shared/evidence/octets.ts'
import type { AgentRecord } from '../../shared/record/record.ts'
import type { LedgerBook } from '../store/ledger/book.ts'
import type { LogHead } from '../store/ledger/head.ts'

type Told = Pick<AgentRecord, 'site' | 'agent' | 'seen'>
type Claim = Told & { readonly seen: NonNullable<AgentRecord['seen']> }

/** `found` names nobody: it is shown where no one has to say who he is. */
export interface Contradiction {
  readonly found: string
  readonly by: string
}

/**
 * What agents say, in every record, of the newest checkpoint that they were shown: how a collector
 * learns that its log was rolled back when everything on its own machine was rolled back with it. It is
 * an agent's word, without the signature of the log.
 */
export class Hearsay {
  #largest: Claim | null = null
  #latest: Claim | null = null

  /** Costs two comparisons; every record that was stored comes by here. */
  hear({ site, agent, seen }: Told): void {
    if (seen === undefined) return
    const claim = { site, agent, seen }
    this.#latest = claim
    const largest = this.#largest
    if (largest?.seen.origin !== seen.origin || largest.seen.size < seen.size) this.#largest = claim
  }

  /** What somebody was shown of this log that is no part of it; null: nothing. */
  async contradiction(
    book: Pick<LedgerBook, 'root'>,
    { logId, origin, range }: LogHead,
  ): Promise<Contradiction | null> {
    for (const claim of new Set([this.#largest, this.#latest])) {
      if (claim === null || claim.seen.origin !== origin || claim.seen.size === 0) continue
      const { site, agent, seen } = claim
      const by = `agent ${agent} of ${site}`
      const shown = `an agent says that it was shown ${seen.size} leaves`
      if (seen.size > range.size) return { by, found: `${shown}, and the log has ${range.size}` }
      const root = await book.root(logId, seen.size)
      if (!sameOctets(root, Buffer.from(seen.root, 'base64'))) {
        return { by, found: `${shown} of another history` }
      }
    }
    return null
  }
}
