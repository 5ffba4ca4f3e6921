import type { FailedQuarter } from '../history/failed-quarters.ts'
import type {
  ExpiringAgentKey,
  MaintainedSite,
  RevokedAgent,
  SilentFarEnds,
} from './agent-families.ts'
import type { Page } from './page.ts'

/** What is known of sites and agents without a record of theirs. */
export interface Unheard {
  /** Agents that should be heard and never were; `agent` is empty where none has enrolled. */
  readonly absent?: () => Promise<readonly { readonly site: string; readonly agent: string }[]>
  /** Agents whose key runs out soon. */
  readonly expiring?: () => readonly ExpiringAgentKey[]
  /** Agents that were heard, and whose keys or tokens were all taken back. */
  readonly revoked?: () => readonly RevokedAgent[]
  /** Agents that live and say of far ends that nothing comes from them. */
  readonly silent?: () => readonly SilentFarEnds[]
  /** Sites that are under maintenance by their plans. */
  readonly maintained?: () => readonly MaintainedSite[]
  /** What failed over the quarter hours that ended just now. */
  readonly failed?: () => readonly FailedQuarter[]
}

export async function addUnheard(page: Page, told: Unheard): Promise<void> {
  for (const { site, agent } of (await told.absent?.()) ?? []) page.addAbsent(site, agent)
  for (const key of told.expiring?.() ?? []) page.addExpiring(key)
  for (const one of told.revoked?.() ?? []) page.addRevoked(one)
  for (const one of told.silent?.() ?? []) page.addSilent(one)
  for (const one of told.maintained?.() ?? []) page.addMaintained(one)
  for (const one of told.failed?.() ?? []) page.addFailed(one)
}
