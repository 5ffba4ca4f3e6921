import { profileIdentity } from '../profile/canonical.ts'
import { parseProfile, parseSite } from '../profile/parse.ts'
import type { Profile } from '../profile/schema.ts'
import type { Site } from '../profile/site.ts'
import { type BundleLine, envelopeText, type LineOf, mayFollow, parseLine } from './bundle.ts'
import { type Digest, SectionTally } from './bundle-write.ts'
import { toHex } from './octets.ts'
import { plain } from './plain.ts'
import type { Policy } from './policy.ts'
import type { Verification } from './verification.ts'
import { checkChains } from './verify-chain.ts'
import { checkEntries, readEntry } from './verify-entries.ts'
import { checkForks } from './verify-fork.ts'
import {
  type Item,
  NOTHING,
  type Report,
  type SeenEntry,
  type SeenRecord,
  type TrustedKeys,
  type VerifyTools,
} from './verify-items.ts'
import { LogReader } from './verify-log.ts'
import { checkPolicy } from './verify-policy.ts'
import { readRecord, Signatures } from './verify-record.ts'
import { RowsCheck } from './verify-rows.ts'
import { type StatementParts, stateIntervals } from './verify-statement.ts'
import { checkTimes } from './verify-time.ts'
import { checkVerdict, type JudgingParts, Rejudge } from './verify-verdicts.ts'

export interface VerifyInput {
  /** Lines of the bundle, without newlines, from the first one at each call. */
  readonly lines: () => AsyncIterable<string>
  readonly tools: VerifyTools & { readonly newDigest: () => Digest }
  readonly keys: TrustedKeys
  /** Which witnesses must have cosigned; left out: nobody is asked for. Its keys are in `keys`. */
  readonly policy?: Policy
}

export type { Verification }

/** A verification and what it was made of, for who says more of a bundle than whether it holds. */
export interface Examined {
  readonly found: Verification
  /** Null without a manifest: there is nothing more to say. */
  readonly parts: (Omit<StatementParts, 'items'> & JudgingParts) | null
}

/** The verification alone of {@link examineBundle}. */
export async function verifyBundle(input: VerifyInput): Promise<Verification> {
  return (await examineBundle(input)).found
}

/**
 * Verifies the lines of a bundle against keys that the verifying party trusts, and judges every
 * interval anew. Lists all it finds. Pure: what it needs of cryptography is handed in.
 */
export async function examineBundle(input: VerifyInput): Promise<Examined> {
  const items: Item[] = []
  const report: Report = (severity, code, where, what, time = null) => {
    items.push({ severity, code, where, what, time })
  }
  const reading = new Reading(input, report)
  await reading.readAll(input.lines())
  const { manifest, records, entries, log } = reading
  if (manifest === null) {
    report('invalid', 'no-manifest', 'line 1', 'is not the manifest of a bundle')
    return { found: { ...NOTHING, items }, parts: null }
  }
  const { site, from, to, origin } = manifest
  checkChains(records, { from, to }, report)
  checkEntries(entries, report)
  const { checkpoints } = log
  const rootAt = (size: number) => log.rootAt(size)
  const bounds = checkTimes({ records, checkpoints, entries, rootAt, origin }, report)
  checkForks(records, { tools: input.tools, logKeys: input.keys.log, report })
  const { policy } = input
  const witnessed = policy && checkPolicy(policy, { records, checkpoints }, report)
  const anew = new Rejudge(reading.judging, records)
  reading.checkVerdicts(anew)
  const parts = { manifest, records, entries, bounds, anew, ...(witnessed && { witnessed }) }
  const found = {
    ...{ site, from, to, origin, items, rows: reading.rows.finish(manifest) },
    ...{ records: records.length, entries: entries.length, checkpoints: checkpoints.length },
    intervals: stateIntervals({ ...parts, items }),
    valid: !items.some(({ severity }) => severity === 'invalid'),
    complete: items.every(({ severity }) => severity === 'note'),
  }
  return { found, parts: { ...parts, ...reading.judging, site: reading.judging.site } }
}

/** One reading of all lines, in their order. */
class Reading {
  manifest: LineOf<'manifest'> | null = null
  readonly records: SeenRecord[] = []
  readonly entries: SeenEntry[] = []
  readonly log: LogReader
  readonly rows: RowsCheck
  readonly judging: JudgingParts
  readonly #profiles = new Map<string, Profile>()
  readonly #verdicts: LineOf<'verdict'>[] = []
  readonly #input: VerifyInput
  readonly #report: Report
  readonly #signatures: Signatures
  readonly #tally: SectionTally
  #site: Site | null = null
  #before: BundleLine['kind'] | null = null

  constructor(input: VerifyInput, report: Report) {
    const { tools, keys } = input
    this.#input = input
    this.#report = report
    this.#signatures = new Signatures(tools)
    this.#tally = new SectionTally(tools.newDigest)
    this.log = new LogReader(tools, keys, report)
    this.rows = new RowsCheck({ tools, report, profiles: this.#profiles }, this.records)
    const site = () => this.#site
    this.judging = {
      ...{ tools, profiles: this.#profiles, report },
      get site() {
        return site()
      },
    }
  }

  async readAll(lines: AsyncIterable<string>): Promise<void> {
    let number = 0
    for await (const text of lines) {
      number += 1
      const line = parseLine(text)
      if (!line.ok) {
        this.#report('invalid', 'line', `line ${number}`, line.error)
        continue
      }
      const { kind } = line.value
      if (!mayFollow(this.#before, kind)) {
        const what = `${kind} cannot stand after ${this.#before ?? 'nothing'}`
        this.#report('invalid', 'line-order', `line ${number}`, what)
      }
      this.#before = kind
      if (kind !== 'end') this.#tally.add(kind, `${text}\n`)
      this.#take(line.value)
    }
    if (this.#before !== 'end') {
      this.#report('invalid', 'no-end', `line ${number}`, 'the bundle ends before its end')
    }
  }

  /** What the collector entered as verdicts, and what the maker of the bundle states. */
  checkVerdicts(anew: Rejudge): void {
    for (const { index, entry } of this.entries) {
      if (entry.kind !== 'verdict' || entry.site !== this.manifest?.site) continue
      const stated = { ...entry, where: `leaf ${index} verdict`, beforeIndex: index }
      checkVerdict(this.judging, anew, stated)
    }
    for (const line of this.#verdicts) {
      const where = `verdict of ${new Date(line.from).toISOString().slice(0, 16)}Z`
      checkVerdict(this.judging, anew, { ...line, where, beforeIndex: null })
    }
  }

  #take(line: BundleLine): void {
    switch (line.kind) {
      case 'manifest':
        this.manifest = line
        this.log.begin(line.origin)
        break
      case 'profile':
        this.#profile(line)
        break
      case 'site':
        this.#values(line)
        break
      case 'hashes':
        this.log.hashes(line)
        break
      case 'record':
      case 'entry':
        this.#leaf(line)
        break
      case 'checkpoint':
        this.log.checkpoint(line)
        break
      case 'verdict':
        this.#verdicts.push(line)
        break
      case 'rows':
        this.rows.take(line)
        break
      case 'end':
        this.#end(line)
    }
  }

  #leaf(line: LineOf<'record'> | LineOf<'entry'>): void {
    const { tools, keys } = this.#input
    const envelope = envelopeText(line, tools.base64)
    this.log.leaf(line.index, envelope)
    const shared = { tools, signatures: this.#signatures, report: this.#report }
    if (line.kind === 'entry') {
      const seen = readEntry({ ...shared, logKeys: keys.log }, line)
      if (seen !== null) this.entries.push(seen)
      return
    }
    const context = { ...shared, agentKeys: keys.agent, reflectorKeys: keys.reflector }
    const site = this.manifest?.site ?? ''
    const withRows = this.manifest?.rows !== undefined
    const seen = readRecord({ ...context, site, withRows }, line)
    if (seen !== null) this.records.push(seen)
  }

  #profile(line: LineOf<'profile'>): void {
    const where = `profile ${line.sha256.slice(0, 12)}`
    const profile = plain(line.body, parseProfile)
    if (profile === null) {
      this.#report('invalid', 'profile-form', where, 'is not a profile that can be read')
      return
    }
    const identity = profileIdentity(profile, (bytes) => toHex(this.#input.tools.sha256(bytes)))
    if (identity !== line.sha256) {
      this.#report('invalid', 'profile-hash', where, 'was changed')
      return
    }
    this.#profiles.set(line.sha256, profile)
  }

  #values(line: LineOf<'site'>): void {
    if (line.values === null) return
    this.#site = plain(line.values, parseSite)
    if (this.#site !== null) return
    this.#report('invalid', 'site-form', 'site', 'its values are none that can be read')
  }

  #end(line: LineOf<'end'>): void {
    if (JSON.stringify(line.sections) !== JSON.stringify(this.#tally.sections())) {
      this.#report('invalid', 'sections', 'end', 'its list of sections is not that of this file')
    }
  }
}
