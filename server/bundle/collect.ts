import { BUNDLE_FORMAT, type BundleLine, type LineOf } from '../../shared/evidence/bundle.ts'
import { nodeCrypto } from '../../shared/evidence/node-crypto.ts'
import { findingsDigest, intervalsOf } from '../../shared/evidence/verify-verdicts.ts'
import { formatVkey, vkeyOf } from '../../shared/evidence/vkey.ts'
import { canonicalJson } from '../../shared/profile/canonical.ts'
import type { Site } from '../../shared/profile/site.ts'
import type { Judging, KnownProfile } from '../judging/judging.ts'
import { leavesOf } from './leaves.ts'
import { logLines } from './log-lines.ts'
import { digestsIn, keptOf, rowsLines } from './rows.ts'
import { type BundleAsk, type BundleSpan, type BundleStore, spanOfLog } from './span.ts'

export interface BundleSources {
  readonly store: BundleStore
  readonly judging: Pick<Judging, 'past'>
  readonly profile: (sha256: string) => KnownProfile | null
  /** What the operator says of a site; null: nothing. */
  readonly site: (name: string) => Site | null
  readonly version: string
  /** The policy of witnesses (C2SP tlog-policy) that the operator states; null: none. */
  readonly policy: string | null
}

/**
 * The lines of a bundle of one site's whole quarter hours (see wholeQuarters), in the order of the
 * format. The same database gives the same lines. Null: this collector keeps no log yet.
 */
export async function bundleLines(
  sources: BundleSources,
  ask: BundleAsk,
): Promise<AsyncGenerator<BundleLine> | null> {
  const span = await spanOfLog(sources.store, ask)
  return span === null ? null : writeLines(sources, ask, span)
}

async function* writeLines(
  sources: BundleSources,
  ask: BundleAsk,
  span: BundleSpan,
): AsyncGenerator<BundleLine> {
  const look = await lookThrough(sources, ask, span)
  const rows =
    ask.rows === true ? await keptOf(sources.store.history, ask.site, look.digests) : null
  yield manifestOf(sources, ask, span, rows?.length)
  for (const sha256 of [...look.profiles].sort()) {
    const known = sources.profile(sha256)
    const body = known === null ? null : canonicalJson(known.profile)
    if (body?.ok) yield { kind: 'profile', sha256, body: body.value }
  }
  if (sources.policy !== null) yield { kind: 'policy', text: sources.policy }
  const site = sources.site(ask.site)
  yield { kind: 'site', values: site === null ? null : withoutSecrets(site) }
  yield* logLines(sources.store, ask, span, look.seen)
  yield* writeVerdicts(sources, ask, { fallback: look.newestProfile, said: site })
  if (rows !== null) yield* rowsLines(sources.store.history, ask.site, rows)
}

function manifestOf(
  { version }: BundleSources,
  { site, fromMs, toMs }: BundleAsk,
  { log }: BundleSpan,
  rows: number | undefined,
): LineOf<'manifest'> {
  const publicKey = Buffer.from(log.signer, 'hex')
  const key = formatVkey(vkeyOf(nodeCrypto, { name: log.origin, publicKey }))
  return {
    ...{ kind: 'manifest', format: BUNDLE_FORMAT, site, from: fromMs, to: toMs },
    ...{ made: { name: 'voip-ready', version }, origin: log.origin },
    ...(rows === undefined ? {} : { rows }),
    keys: { agent: [], reflector: [], log: [key], witness: [] },
  }
}

interface Look {
  /** Sizes of the log that agents say they saw: their roots must come out of the bundle. */
  readonly seen: ReadonlySet<number>
  readonly profiles: ReadonlySet<string>
  readonly newestProfile: string
  /** Of raw rows; looked for only where they are asked for. */
  readonly digests: readonly string[]
}

/** Reads all records once, for what must stand before them. */
async function lookThrough(
  { store }: BundleSources,
  { site, rows }: BundleAsk,
  { log, leaves, size }: BundleSpan,
): Promise<Look> {
  const seen = new Set<number>()
  const profiles = new Set<string>()
  const digests: string[] = []
  let newestProfile = ''
  const records = leaves.filter(({ kind }) => kind === 'record')
  for await (const { leaf } of leavesOf(store, site, records)) {
    const record = JSON.parse(leaf.payload)
    newestProfile = String(record.profile.sha256)
    profiles.add(newestProfile)
    if (rows === true) digests.push(...digestsIn(record))
    const at = Number(record.seen?.size ?? 0)
    if (record.seen?.origin === log.origin && at > 0 && at < size) seen.add(at)
  }
  return { seen, profiles, newestProfile, digests }
}

/** By the one site that the bundle shows, whatever was in force then: others can judge by no other. */
async function* writeVerdicts(
  { judging }: BundleSources,
  { site, fromMs, toMs }: BundleAsk,
  by: { readonly fallback: string; readonly said: Site | null },
): AsyncGenerator<LineOf<'verdict'>> {
  for (const { from, to } of intervalsOf(fromMs, toMs)) {
    const asked = { site, fromMs: from, endMs: to, complete: true, ...by }
    const { judged } = await judging.past(asked)
    const { judgement, profileSha256, records } = judged
    if (judgement === null) continue
    const findingsSha256 = findingsDigest(nodeCrypto, judgement.findings)
    const { overall } = judgement
    yield { kind: 'verdict', from, to, overall, profileSha256, records, findingsSha256 }
  }
}

const SECRETS: readonly string[] = ['key', 'keyFile']

/** Canonical JSON of a site's values, access keys and the files that hold them taken out. */
function withoutSecrets(site: Site): string {
  const plain = JSON.parse(
    JSON.stringify(site, (name, value) => (SECRETS.includes(name) ? undefined : value)),
  )
  const text = canonicalJson(plain)
  if (!text.ok) throw new TypeError(`site ${text.error.path.join('.')}: ${text.error.why}`)
  return text.value
}
