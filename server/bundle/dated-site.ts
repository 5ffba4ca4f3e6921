import type { LineOf } from '../../shared/evidence/bundle.ts'
import { keysOf } from '../../shared/evidence/named-keys.ts'
import { planOf } from '../../shared/evidence/site-dates.ts'
import { readEntry } from '../../shared/evidence/verify-entries.ts'
import type { Plan } from '../../shared/plan/plan.ts'
import { shownValues } from '../../shared/plan/secrets.ts'
import type { Site } from '../../shared/profile/site.ts'
import type { PlacedEntry } from '../store/ledger/entries.ts'
import type { BundleAsk } from './ask.ts'
import { cutEnvelope, type Shown } from './leaves.ts'
import { type BundleSpan, type BundleStore, shownEntry } from './span.ts'

/** Versions of a site's plan that are looked through: older ones are no longer told apart. */
const MOST_PLANS = 1000

/** A site's values through the time of a bundle. */
export interface DatedSite {
  readonly lines: readonly LineOf<'site'>[]
  /** Verifier keys of reflectors that these values name, each once. */
  readonly reflectorKeys: readonly string[]
  /** The entries of the log that say when each plan came into force. */
  readonly entries: readonly Shown[]
  /** What [fromMs, toMs) is judged by: what others will judge it by as well. */
  readonly at: (fromMs: number, toMs: number) => Site | null
}

/** The plans that held in a time, each with its entry; `unplanned` counts where none did. */
export async function datedSite(
  store: Pick<BundleStore, 'plans' | 'ledger'>,
  { site, fromMs, toMs }: BundleAsk,
  { log, told }: Pick<BundleSpan, 'log' | 'told'>,
  unplanned: Site | null,
): Promise<DatedSite> {
  const known = (await store.plans.history(site, MOST_PLANS)).reverse()
  const came = known
    .filter(({ atMs }) => atMs < toMs)
    .map(({ version, atMs, body }) => ({ version, fromMs: atMs, body }))
  const first = planOf(came, fromMs, toMs)?.version ?? 0
  const key = { site, kinds: ['plan'], about: '' }
  const placed = await store.ledger.entriesAbout(log.logId, key, { to: told, limit: MOST_PLANS })
  const entries = new Map<number, PlacedEntry>()
  for (const one of [...placed].reverse()) entries.set(versionIn(one.body), one)
  const held = came
    .filter(({ version }) => version >= first)
    .map((one) => ({ ...one, said: (JSON.parse(one.body) as Plan).site }))
  return {
    lines: [
      { kind: 'site', values: unplanned === null ? null : shownValues(unplanned) },
      ...held.map(({ version, fromMs: from, said }): LineOf<'site'> => {
        const leaf = entries.get(version)?.index ?? null
        return { kind: 'site', values: shownValues(said), plan: { version, from, leaf } }
      }),
    ],
    reflectorKeys: keysIn([
      ...(unplanned === null ? [] : [unplanned]),
      ...held.map(({ said }) => said),
    ]),
    entries: held.flatMap(({ version }) => {
      const entry = entries.get(version)
      return entry === undefined ? [] : [shownEntry(entry)]
    }),
    at: (from, to) => planOf(held, from, to)?.said ?? unplanned,
  }
}

function keysIn(sites: readonly Site[]): string[] {
  const named = sites.flatMap((site) => keysOf(site).flatMap(({ keys }) => keys))
  return [...new Set(named)].sort()
}

/** 0: of no plan. */
function versionIn(body: Uint8Array): number {
  const entry = readEntry(cutEnvelope(body).payload)
  return entry?.kind === 'plan' ? entry.version : 0
}
