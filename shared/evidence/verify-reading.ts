import { intervalsOf, startOfInterval } from '../intervals.ts'
import { RECEIPT_PAYLOAD_TYPE } from '../record/receipt.ts'
import { RECORD_PAYLOAD_TYPE } from '../record/record.ts'
import { type BundleLine, type LineOf, mayFollow } from './bundle.ts'
import { type NamedKey, namedKeys } from './named-keys.ts'
import type { Policy } from './policy.ts'
import { type Around, type Aside, nextOf, readAlong } from './read-along.ts'
import type { ReadLine } from './read-lines.ts'
import { isAskedOf } from './read-payloads.ts'
import { bundleContext, type RecordContext } from './record-context.ts'
import { SignedPackets } from './signed-packets.ts'
import { EntryReader } from './verify-entries.ts'
import { Givens } from './verify-givens.ts'
import type {
  Report,
  SeenEntry,
  SeenRecord,
  SeenUnread,
  TrustedKeys,
  VerifyTools,
} from './verify-items.ts'
import { AgentKeys } from './verify-keys.ts'
import { LogReader } from './verify-log.ts'
import { MinuteReceipts } from './verify-minute-receipts.ts'
import { ObservedAgain } from './verify-observed.ts'
import { readRecord } from './verify-record.ts'
import { ReflectorKeys } from './verify-reflectors.ts'
import { RowsCheck } from './verify-rows.ts'
import { RunReceipts } from './verify-run-receipts.ts'
import { SignedRuns } from './verify-runs.ts'
import { SeenRecords } from './verify-seen.ts'
import { Signatures } from './verify-signatures.ts'
import { SiteValues } from './verify-site.ts'
import { checkVerdict } from './verify-stated.ts'
import { type JudgingParts, Rejudge } from './verify-verdicts.ts'

export interface VerifyInput {
  /** Lines of the bundle, some at a time, without newlines, from the first one at each call. */
  readonly lines: () => AsyncIterable<readonly Uint8Array[]>
  /** Who reads payloads, as a `PayloadReader` does; left out: they are read here. */
  readonly aside?: Aside
  readonly tools: VerifyTools
  readonly keys: TrustedKeys
  /** Which witnesses must have cosigned; left out: nobody is asked for. Its keys are in `keys`. */
  readonly policy?: Policy
  /** True: reflectors' keys count that the site's values here name; for whoever wrote those himself. */
  readonly byPlan?: boolean
  /** For reports: every judgement is held whole (a month: 120 MB), and none is made again for them. */
  readonly keepsJudgements?: boolean
}

/** Lines that are none, of which each is told: a small file unpacks to as many as there are octets. */
const MOST_BAD = 1000

/** One reading of all lines, in their order. */
export class Reading {
  manifest: LineOf<'manifest'> | null = null
  readonly records: SeenRecord[] = []
  readonly entries: SeenEntry[] = []
  /** Entries in words that this build does not know. */
  readonly unread: SeenUnread[] = []
  readonly retired: AgentKeys['retired']
  readonly log: LogReader
  readonly rows: RowsCheck
  readonly judging: JudgingParts
  readonly anew: Rejudge<SeenRecord>
  readonly #input: VerifyInput
  readonly #givens: Givens
  readonly #values: SiteValues
  readonly #verdicts: LineOf<'verdict'>[] = []
  readonly #report: Report
  readonly #entryReader: EntryReader
  #context: RecordContext
  readonly #reflectorKeys: ReflectorKeys
  #named: readonly NamedKey[] | null = null
  #before: BundleLine['kind'] | null = null
  #bad = 0

  constructor(input: VerifyInput, report: Report) {
    const { tools, keys } = input
    this.#input = input
    this.#report = report
    this.log = new LogReader(tools, keys, report)
    const givens = new Givens(tools, report)
    this.#givens = givens
    this.rows = new RowsCheck({ tools, report, profiles: givens.profiles }, this.records)
    this.#values = new SiteValues(tools, report, keys.log.length > 0)
    this.judging = { ...{ tools, profiles: givens.profiles, report }, site: this.#values }
    this.anew = new Rejudge(this.judging, input.keepsJudgements)
    const signatures = new Signatures(tools)
    const byPlan = input.byPlan === true
    const named = () => this.named()
    const reflectorKeys = new ReflectorKeys(keys.reflector, { signatures, named, byPlan })
    this.#reflectorKeys = reflectorKeys
    this.#entryReader = new EntryReader({ signatures, logKeys: keys.log, report })
    const agentKeys = new AgentKeys(keys.agent, { tools, signatures, report })
    this.retired = agentKeys.retired
    this.#context = {
      ...{ tools, signatures, report, reflectorKeys, ...bundleContext(null), agentKeys },
      seen: new SeenRecords(new ObservedAgain(tools)),
      records: new SignedRuns((one) => signatures.hold(RECORD_PAYLOAD_TYPE, one)),
      receipts: new SignedRuns((one) => signatures.hold(RECEIPT_PAYLOAD_TYPE, one)),
      runReceipts: new RunReceipts(report),
      minuteReceipts: new MinuteReceipts(report),
      signedPackets: new SignedPackets(report),
      rootAt: (size) => this.log.rootAt(size),
    }
  }

  async readAll(): Promise<void> {
    let number = 0
    reading: for await (const batch of readAlong(this.#input)) {
      this.anew.know(batch.words)
      const around = { ...batch, next: nextOf(batch) }
      for (const read of batch.lines) {
        number += 1
        this.#read(number, read, around)
        if (this.#bad > MOST_BAD) break reading
      }
    }
    if (this.#before !== 'end') {
      this.#report('invalid', 'no-end', `line ${number}`, 'the bundle ends before its end')
    }
    this.#endLog()
    const { site = '', from = 0, to = 0 } = this.manifest ?? {}
    this.#values.finish(intervalsOf(from, to))
    for (const { severity, code, where, what } of this.#reflectorKeys.claims(site, this.entries)) {
      this.#report(severity, code, where, what)
    }
    this.#checkVerdicts()
  }

  /** Reflectors' keys that the site's values name: to be asked for after the last line of these. */
  named(): readonly NamedKey[] {
    const { from = 0 } = this.manifest ?? {}
    this.#named ??= namedKeys(this.#values.since(from), this.#input.tools)
    return this.#named
  }

  #read(number: number, read: ReadLine, around: Around): void {
    if (read.kind === 'bad') {
      this.#bad += 1
      const rest = this.#bad > MOST_BAD ? '; too many of these: the rest is not read' : ''
      this.#report('invalid', 'line', `line ${number}`, `${read.why}${rest}`)
      return
    }
    const kind = 'line' in read ? read.line.kind : read.kind
    if (!mayFollow(this.#before, kind)) {
      const what = `${kind} cannot stand after ${this.#before ?? 'nothing'}`
      this.#report('invalid', 'line-order', `line ${number}`, what)
    }
    this.#before = kind
    if (read.kind === 'record') this.#record(read, around)
    else if (read.kind === 'entry') this.#entry(read, around)
    else if (read.kind === 'end') this.#end(read)
    else this.#take(read.line)
  }

  /** After the last leaf: what waited for one after it is settled. */
  #endLog(): void {
    this.#entryReader.finish()
    this.#context.records.finish()
    this.#context.receipts.finish()
  }

  /** What the maker of the bundle states. */
  #checkVerdicts(): void {
    for (const line of this.#verdicts) {
      const where = `verdict of ${new Date(line.from).toISOString().slice(0, 16)}Z`
      checkVerdict(this.judging, this.anew, { ...line, where, beforeIndex: null })
    }
  }

  #take(line: Extract<ReadLine, { readonly kind: 'other' }>['line']): void {
    switch (line.kind) {
      case 'manifest':
        this.manifest = line
        this.#context = { ...this.#context, ...bundleContext(line) }
        this.log.begin(line.origin)
        break
      case 'profile':
        this.#givens.takeProfile(line)
        break
      case 'site':
        this.#values.take(line)
        break
      case 'hashes':
        this.log.hashes(line)
        break
      case 'checkpoint':
        if (this.log.checkpoint(line)) this.#entryReader.covered()
        break
      case 'verdict':
        this.#verdicts.push(line)
        break
      case 'rows':
        this.#endLog()
        this.rows.take(line)
    }
  }

  #record(read: Extract<ReadLine, { readonly kind: 'record' }>, around: Around): void {
    this.log.leaf(read.index, read.leaf)
    const payload = isAskedOf(read) ? around.next() : null
    const given = { read, payload, octets: around.octets, packed: around.packed }
    const seen = readRecord(this.#context, given)
    if (seen === null) return
    this.records.push(seen)
    this.anew.add(seen)
  }

  #entry(read: Extract<ReadLine, { readonly kind: 'entry' }>, { octets }: Around): void {
    const { index, leaf, place, envelope } = read
    this.log.leaf(index, leaf)
    const payload = this.#input.tools.text(octets.at(place))
    const seen = this.#entryReader.read({ index, payload, envelope }, this.manifest?.origin ?? '')
    if (seen === null) return
    if ('unread' in seen) {
      this.unread.push(seen)
      this.#context.agentKeys.doubt(seen.unread)
    } else this.#takeEntry(seen)
  }

  /** A verdict is held at once against the records that stand before it. */
  #takeEntry(seen: SeenEntry): void {
    const { site = '', from = 0, to = 0 } = this.manifest ?? {}
    const { index, entry } = seen
    // A log is of many sites: an exclusion of another one, or that nothing came of it, says nothing here.
    if ('site' in entry && entry.site !== site) {
      const what = `is of site ${entry.site}, and this bundle of ${site}`
      this.#report('invalid', 'other-site', `leaf ${index} ${entry.kind}`, what)
      return
    }
    this.entries.push(seen)
    this.#context.agentKeys.take(seen)
    this.#values.entry(seen, site)
    // Of what it says of another time the records are not here.
    if (entry.kind !== 'verdict') return
    if (entry.from < startOfInterval(from) || entry.to > to) return
    const stated = { ...entry, where: `leaf ${index} verdict`, beforeIndex: index }
    checkVerdict(this.judging, this.anew, stated)
  }

  #end({ line, sections }: Extract<ReadLine, { readonly kind: 'end' }>): void {
    if (JSON.stringify(line.sections) !== sections) {
      this.#report('invalid', 'sections', 'end', 'its list of sections is not that of this file')
    }
  }
}
