import type { Shown } from './leaves.ts'
import { type BundleSpan, type BundleStore, shownEntry } from './span.ts'

/** Entries of one agent's keys: a change a week for some years. */
const MOST_CHANGES = 200
const KINDS = ['enrol', 'rotate', 'revoke']

/**
 * How each agent of the bundle came to its keys, from its enrolment on: whoever was given its first
 * key can follow it to those that signed here.
 */
export async function keyEntries(
  { ledger }: Pick<BundleStore, 'ledger'>,
  site: string,
  { log, leaves, size }: BundleSpan,
): Promise<Shown[]> {
  const agents = new Set(leaves.flatMap((one) => (one.kind === 'record' ? [one.agent] : [])))
  const range = { to: size, limit: MOST_CHANGES }
  const found: Shown[] = []
  for (const about of [...agents].sort()) {
    const key = { site, kinds: KINDS, about }
    const entries = await ledger.entriesAbout(log.logId, key, range)
    found.push(...entries.map(shownEntry))
  }
  return found
}
