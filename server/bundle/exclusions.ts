import type { Entry } from '../../shared/evidence/entry.ts'
import { readEntry } from '../../shared/evidence/verify-entries.ts'
import type { BundleAsk } from './ask.ts'
import { cutEnvelope, type Shown } from './leaves.ts'
import { type BundleSpan, type BundleStore, shownEntry } from './span.ts'

/** Words about times that are left out: some years of a window a week, each changed now and then. */
const MOST_WORDS = 1000

type Exclusion = Extract<Entry, { readonly kind: 'exclusion' }>

/**
 * What the log says of the times that are left out in this one, however long ago it was entered: a window
 * counts because it was entered before. With every word of the same name, which may take it back.
 */
export async function exclusionEntries(
  { ledger }: Pick<BundleStore, 'ledger'>,
  { site, fromMs, toMs }: BundleAsk,
  { log, told }: Pick<BundleSpan, 'log' | 'told'>,
): Promise<Shown[]> {
  const key = { site, kinds: ['exclusion'], about: '' }
  const range = { to: told, limit: MOST_WORDS }
  const all = (await ledger.entriesAbout(log.logId, key, range)).map((placed) => ({
    placed,
    said: exclusionIn(placed.body),
  }))
  const here = all.filter(({ said }) => said !== null && said.from < toMs && said.to > fromMs)
  const names = new Set(here.map(({ said }) => said?.id))
  return all.filter(({ said }) => names.has(said?.id)).map(({ placed }) => shownEntry(placed))
}

function exclusionIn(body: Uint8Array): Exclusion | null {
  const entry = readEntry(cutEnvelope(body).payload)
  return entry?.kind === 'exclusion' ? entry : null
}
