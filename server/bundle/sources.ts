import type { Site } from '../../shared/profile/site.ts'
import { judge } from '../../shared/verdict/judge.ts'
import { Judging, type KnownProfile } from '../judging/judging.ts'
import { type AsideStore, openAside } from '../store/thread/aside.ts'
import type { WorkerSetup } from '../store/thread/protocol.ts'
import type { BundleSources } from './collect.ts'

/** What bundles of one site are cut by besides the store; passes between threads. */
export interface CutBy {
  readonly profiles: readonly KnownProfile[]
  /** What the operator's files say of the site. */
  readonly said: Site | null
  readonly version: string
  /** The policy of witnesses that the operator states; null: none. */
  readonly policy: string | null
}

/** All that bundles of one site are cut from. The same store gives the same lines in any thread. */
export function sourcesOf(
  store: AsideStore,
  { profiles, said, version, policy }: CutBy,
): BundleSources {
  const known = new Map(profiles.map((one) => [one.sha256, one]))
  const profile = (sha256: string) => known.get(sha256) ?? null
  const site = () => said
  // Bundles are of quarter hours that are over, whatever the clock says.
  const judging = new Judging({ judge, profile, site, store, nowMs: () => Number.MAX_SAFE_INTEGER })
  return { store, judging, profile, sites: { site }, version, policy }
}

/** Opens the store beside whoever has it open, for work of a thread's own. @throws Fault STORE */
export async function withSources<T>(
  aside: WorkerSetup,
  by: CutBy,
  work: (sources: BundleSources) => Promise<T>,
): Promise<T> {
  const { store, close } = await openAside(aside)
  try {
    return await work(sourcesOf(store, by))
  } finally {
    await close()
  }
}
