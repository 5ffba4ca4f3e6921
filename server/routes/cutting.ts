import type { CutBy } from '../bundle/sources.ts'
import type { ProfileBook } from '../profile-book.ts'
import type { SiteBook } from '../site-book.ts'
import type { Store } from '../store/store.ts'
import type { WorkerSetup } from '../store/thread/protocol.ts'

/** What whoever has bundles cut holds of this collector. */
export interface CuttingParts {
  readonly store: Pick<Store, 'aside'>
  readonly profiles: Pick<ProfileBook, 'all'>
  /** What the operator's files say of sites: it counts where no plan held. */
  readonly sites: Pick<SiteBook, 'site'>
  readonly version: string
  /** The policy of witnesses (C2SP tlog-policy) that the operator states; null: none. */
  readonly policy: string | null
}

/** What a thread needs to cut bundles of a site, as this collector stands now. */
export function cuttingOf(
  { store, profiles, sites, version, policy }: CuttingParts,
  site: string,
): { readonly aside: WorkerSetup; readonly by: CutBy } {
  const by = { profiles: profiles.all(), said: sites.site(site), version, policy }
  return { aside: store.aside, by }
}
