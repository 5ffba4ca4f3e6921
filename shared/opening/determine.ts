import { INTERVAL_MS } from '../clock.ts'
import { type Built, buildEligibility } from '../eligibility/build.ts'
import { evidenceOf } from '../eligibility/evidence.ts'
import { type Outage, scopeOf, utcText, wantedSpan } from '../eligibility/scope.ts'
import { Fault } from '../errors.ts'
import { startOfInterval } from '../intervals.ts'
import type { VerifiedFile } from './examine.ts'
import { nodeTools } from './tools.ts'

export interface Determination {
  readonly outage: Outage
  /** Milliseconds before onset that decide. */
  readonly reference: number
  /** Name of the bundle's file, without its folder. */
  readonly file: string
  /** Left out: the bundle's. */
  readonly site?: string
  /** Names of the policy that was demanded, and of the annex. */
  readonly policy?: string
  readonly annex?: string
  /** Of this program. */
  readonly version: string
  /** Now, where somebody may be sent to get another bundle: none is of quarter hours to come. */
  readonly nowMs?: number
}

/**
 * The document of eligibility and its annex, of a verified bundle.
 * @throws Fault USAGE for a site, a reference and a span that do not fit
 */
export function determine(asked: Determination, verified: VerifiedFile): Built {
  const { outage, reference, file, version, policy = null } = asked
  const evidence = evidenceOf(verified, verified.keys)
  if (evidence === null) throw new Fault('USAGE', file, 'a bundle', 'a file without its manifest')
  const { manifest } = evidence
  const { site } = manifest
  if (asked.site !== undefined && asked.site !== site) {
    const repair = 'name the site of the bundle, or another bundle'
    throw new Fault('USAGE', '--site', site, asked.site, repair)
  }
  if (reference % INTERVAL_MS !== 0) {
    const found = `${reference / 60_000}m`
    throw new Fault('USAGE', '--reference', 'whole quarter hours, like 1h', found)
  }
  const scope = scopeOf(manifest, outage, reference)
  if (!scope.ok) throw tooShort(asked, site, scope.error)
  return buildEligibility({
    ...{ evidence, scope: scope.value, tools: nodeTools, version, policy },
    bundle: { file, sha256: verified.sha256 },
    annexName: asked.annex ?? `${site}-intervals.csv`,
  })
}

function tooShort(asked: Determination, site: string, found: string): Fault {
  const { outage, file, nowMs = Number.POSITIVE_INFINITY } = asked
  const { from, to: wantedTo } = wantedSpan(outage)
  const to = Math.min(wantedTo, startOfInterval(nowMs))
  const again = `voip-ready bundle --site ${site} --from ${utcText(from)} --to ${utcText(to)}`
  const wanted = 'a bundle that covers the time before the outage'
  const repair = `get one that does: ${again} --collector URL --out FILE`
  return new Fault('USAGE', file, wanted, found, repair)
}
