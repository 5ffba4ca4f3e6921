import { BUNDLE_FORMAT, type BundleLine, type LineOf } from '../../shared/evidence/bundle.ts'
import { findingsDigest } from '../../shared/evidence/findings-digest.ts'
import { isNeighbour } from '../../shared/evidence/neighbours.ts'
import { nodeCrypto } from '../../shared/evidence/node-crypto.ts'
import { ProfilesHeard } from '../../shared/evidence/site-dates.ts'
import { formatVkey, vkeyOf } from '../../shared/evidence/vkey.ts'
import { intervalsOf } from '../../shared/intervals.ts'
import { canonicalJson } from '../../shared/profile/canonical.ts'
import { JUDGING_RULES } from '../../shared/verdict/rules.ts'
import type { Judging, KnownProfile } from '../judging/judging.ts'
import type { SiteBook } from '../site-book.ts'
import type { StoredRecord } from '../store/store.ts'
import { keyEntries } from './agent-keys.ts'
import type { BundleAsk } from './ask.ts'
import { type DatedSite, datedSite } from './dated-site.ts'
import { exclusionEntries } from './exclusions.ts'
import { leavesOf } from './leaves.ts'
import { logLines } from './log-lines.ts'
import { digestsIn, keptOf, rowsLines } from './rows.ts'
import { type BundleSpan, type BundleStore, spanOfLog, withLeaves } from './span.ts'

export interface BundleSources {
  readonly store: BundleStore
  readonly judging: Pick<Judging, 'past'>
  readonly profile: (sha256: string) => KnownProfile | null
  /** What the operator's files say of sites: it counts where no plan held. */
  readonly sites: Pick<SiteBook, 'site'>
  readonly version: string
  /** The policy of witnesses (C2SP tlog-policy) that the operator states; null: none. */
  readonly policy: string | null
}

/** A bundle as it is being made. */
interface Cut {
  readonly lines: AsyncGenerator<BundleLine>
  readonly elsewhere: BundleSpan['elsewhere']
}

/**
 * The lines of a bundle of one site's whole quarter hours (see wholeQuarters), in the order of the
 * format. The same database gives the same lines. Null: this collector keeps no log yet,
 * or none of the origin that was asked for.
 */
export async function bundleLines(sources: BundleSources, ask: BundleAsk): Promise<Cut | null> {
  const span = await spanOfLog(sources.store, ask)
  if (span === null) return null
  return { lines: writeLines(sources, ask, span), elsewhere: span.elsewhere }
}

async function* writeLines(
  sources: BundleSources,
  ask: BundleAsk,
  span: BundleSpan,
): AsyncGenerator<BundleLine> {
  const { store } = sources
  const look = await lookThrough(sources, ask, span)
  const dated = await datedSite(store, ask, span, sources.sites.site(ask.site))
  const keys = await keyEntries(store, ask.site, span)
  const leftOut = await exclusionEntries(store, ask, span)
  const rows = ask.rows === true ? await keptOf(store.history, ask.site, look.digests) : null
  yield manifestOf(sources, ask, { span, dated, rows: rows?.length })
  for (const sha256 of [...look.profiles].sort()) {
    const known = sources.profile(sha256)
    const body = known === null ? null : canonicalJson(known.profile)
    if (body?.ok) yield { kind: 'profile', sha256, body: body.value }
  }
  if (sources.policy !== null) yield { kind: 'policy', text: sources.policy }
  yield* dated.lines
  const older = [...keys, ...leftOut, ...dated.entries]
  yield* logLines(store, ask, withLeaves(span, older), look.seen)
  yield* writeVerdicts(sources, ask, look, dated)
  if (rows !== null) yield* rowsLines(store.history, ask.site, rows)
}

/** The name that a bundle is handed out by. */
export function bundleName({ site, fromMs, toMs, log }: BundleAsk): string {
  const [from, to] = [fromMs, toMs].map((ms) => new Date(ms).toISOString().replace(/[:.]/g, ''))
  const of = log === undefined ? '' : `-${log.replace(/[^A-Za-z0-9]+/g, '-')}`
  return `${site}-${from}-${to}${of}.bundle`
}

function manifestOf(
  { version }: BundleSources,
  { site, fromMs, toMs }: BundleAsk,
  about: {
    readonly span: BundleSpan
    readonly dated: Pick<DatedSite, 'reflectorKeys'>
    readonly rows: number | undefined
  },
): LineOf<'manifest'> {
  const { rows, dated } = about
  const { log } = about.span
  const publicKey = Buffer.from(log.signer, 'hex')
  const key = formatVkey(vkeyOf(nodeCrypto, { name: log.origin, publicKey }))
  return {
    ...{ kind: 'manifest', format: BUNDLE_FORMAT, site, from: fromMs, to: toMs },
    ...{ made: { name: 'voip-ready', version }, origin: log.origin },
    ...(rows === undefined ? {} : { rows }),
    keys: { agent: [], reflector: [...dated.reflectorKeys], log: [key], witness: [] },
  }
}

interface Look {
  /** Sizes of the log that agents say they saw: their roots must come out of the bundle. */
  readonly seen: ReadonlySet<number>
  readonly profiles: ReadonlySet<string>
  readonly heard: ProfilesHeard
  /** The records that the bundle shows, by {@link nameOfRecord}. */
  readonly shown: ReadonlySet<string>
  /** Of raw rows; looked for only where they are asked for. */
  readonly digests: readonly string[]
}

/** Reads all records once, for what must stand before them. */
async function lookThrough(
  { store }: BundleSources,
  { site, fromMs, toMs, rows }: BundleAsk,
  { log, leaves, size }: BundleSpan,
): Promise<Look> {
  const seen = new Set<number>()
  const profiles = new Set<string>()
  const digests: string[] = []
  const heard = new ProfilesHeard()
  const records = leaves.filter((one) => one.kind === 'record')
  for await (const { leaf } of leavesOf(store, site, records)) {
    const record = JSON.parse(leaf.payload)
    const sha256 = String(record.profile.sha256)
    profiles.add(sha256)
    heard.add(Number(record.window.from), sha256)
    const beside = isNeighbour({ record, unread: null }, { from: fromMs, to: toMs })
    if (rows === true && !beside) digests.push(...digestsIn(record))
    const at = Number(record.seen?.size ?? 0)
    if (record.seen?.origin === log.origin && at > 0 && at < size) seen.add(at)
  }
  return { seen, profiles, heard, digests, shown: new Set(records.map(nameOfRecord)) }
}

type RecordName = Pick<StoredRecord, 'agent' | 'boot' | 'sequence'>
const nameOfRecord = ({ agent, boot, sequence }: RecordName) => `${agent} ${boot} ${sequence}`

/** By what the bundle shows of each time: others can judge by no other. */
async function* writeVerdicts(
  { judging }: BundleSources,
  { site, fromMs, toMs }: BundleAsk,
  { heard, shown }: Pick<Look, 'heard' | 'shown'>,
  dated: Pick<DatedSite, 'at'>,
): AsyncGenerator<LineOf<'verdict'>> {
  for (const { from, to } of intervalsOf(fromMs, toMs)) {
    const by = { fallback: heard.before(from), said: dated.at(from, to) }
    // Not on records of another log, nor on one that came while this is cut.
    const among = (record: RecordName) => shown.has(nameOfRecord(record))
    const asked = { site, fromMs: from, endMs: to, complete: true, ...by, among }
    const { judged } = await judging.past(asked)
    const { judgement, profileSha256, records } = judged
    if (judgement === null) continue
    const findingsSha256 = findingsDigest(nodeCrypto, judgement.findings)
    const verdict = { overall: judgement.overall, profileSha256, records, findingsSha256 }
    yield { kind: 'verdict', from, to, ...verdict, rules: JUDGING_RULES }
  }
}
