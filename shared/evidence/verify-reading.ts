import { INTERVAL_MS } from '../clock.ts'
import { RECEIPT_PAYLOAD_TYPE } from '../record/receipt.ts'
import { RECORD_PAYLOAD_TYPE } from '../record/record.ts'
import { type BundleLine, type LineOf, mayFollow } from './bundle.ts'
import type { Digest } from './bundle-write.ts'
import type { Policy } from './policy.ts'
import type { ReadBatch, ReadLine } from './read-lines.ts'
import { Alike } from './verify-alike.ts'
import { EntryReader } from './verify-entries.ts'
import { Givens } from './verify-givens.ts'
import type { Report, SeenEntry, SeenRecord, TrustedKeys, VerifyTools } from './verify-items.ts'
import { Keep } from './verify-keep.ts'
import { AgentKeys } from './verify-keys.ts'
import { LogReader } from './verify-log.ts'
import { observationsIn, type RecordContext, readRecord } from './verify-record.ts'
import { RowsCheck } from './verify-rows.ts'
import { SignedRuns } from './verify-runs.ts'
import { Signatures } from './verify-signatures.ts'
import { SiteValues } from './verify-site.ts'
import {
  checkVerdict,
  intervalsOf,
  type JudgingParts,
  Rejudge,
  startOfInterval,
} from './verify-verdicts.ts'

export interface VerifyInput {
  /** Lines of the bundle, without newlines, from the first one at each call. */
  readonly lines: () => AsyncIterable<string>
  /** The same lines, read already by a `LineReader` somewhere else; left out: they are read here. */
  readonly batches?: () => AsyncIterable<ReadBatch>
  readonly tools: VerifyTools & { readonly newDigest: () => Digest }
  readonly keys: TrustedKeys
  /** Which witnesses must have cosigned; left out: nobody is asked for. Its keys are in `keys`. */
  readonly policy?: Policy
}

/** So many records' observations of voice are held as they are, and so many that carry rounds. */
const VOICE_OPEN = 256
const ROUNDS_OPEN = 128

/** One reading of all lines, in their order. */
export class Reading {
  manifest: LineOf<'manifest'> | null = null
  readonly records: SeenRecord[] = []
  readonly entries: SeenEntry[] = []
  readonly log: LogReader
  readonly rows: RowsCheck
  readonly judging: JudgingParts
  readonly anew: Rejudge
  readonly #givens: Givens
  readonly #values: SiteValues
  readonly #verdicts: LineOf<'verdict'>[] = []
  readonly #report: Report
  readonly #entryReader: EntryReader
  readonly #context: Omit<RecordContext, 'site' | 'withRows'>
  #before: BundleLine['kind'] | null = null
  #judgedTo = 0

  constructor({ tools, keys }: VerifyInput, report: Report) {
    this.#report = report
    this.log = new LogReader(tools, keys, report)
    const givens = new Givens(tools, report)
    this.#givens = givens
    this.rows = new RowsCheck({ tools, report, profiles: givens.profiles }, this.records)
    this.#values = new SiteValues(tools, report, keys.log.length > 0)
    this.judging = { ...{ tools, profiles: givens.profiles, report }, site: this.#values }
    this.anew = new Rejudge(this.judging)
    const signatures = new Signatures(tools)
    this.#entryReader = new EntryReader({ signatures, logKeys: keys.log, report })
    this.#context = {
      ...{ tools, signatures, report, reflectorKeys: keys.reflector },
      agentKeys: new AgentKeys(keys.agent, { tools, signatures, report }),
      kept: {
        voice: new Keep(tools.unpack, observationsIn, VOICE_OPEN),
        rounds: new Keep(tools.unpack, observationsIn, ROUNDS_OPEN),
      },
      alike: new Alike(),
      records: new SignedRuns((one) => signatures.hold(RECORD_PAYLOAD_TYPE, one)),
      receipts: new SignedRuns((one) => signatures.hold(RECEIPT_PAYLOAD_TYPE, one)),
    }
  }

  async readAll(batches: AsyncIterable<ReadBatch>): Promise<void> {
    let number = 0
    for await (const { lines, payloads } of batches) {
      for (const read of lines) {
        number += 1
        this.#read(number, read, payloads)
      }
    }
    if (this.#before !== 'end') {
      this.#report('invalid', 'no-end', `line ${number}`, 'the bundle ends before its end')
    }
    this.#endLog()
    const { from = 0, to = 0 } = this.manifest ?? {}
    this.#values.finish(intervalsOf(from, to))
    this.#checkVerdicts()
  }

  #read(number: number, read: ReadLine, payloads: Uint8Array): void {
    const { line } = read
    if (!line.ok) {
      this.#report('invalid', 'line', `line ${number}`, line.error)
      return
    }
    const { kind } = line.value
    if (!mayFollow(this.#before, kind)) {
      const what = `${kind} cannot stand after ${this.#before ?? 'nothing'}`
      this.#report('invalid', 'line-order', `line ${number}`, what)
    }
    this.#before = kind
    this.#take(line.value, read, payloads)
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

  #take(line: BundleLine, read: ReadLine, payloads: Uint8Array): void {
    switch (line.kind) {
      case 'manifest':
        this.manifest = line
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
      case 'record':
        this.#record(line, read, payloads)
        break
      case 'entry':
        this.#entry(line, read)
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
        break
      case 'end':
        this.#end(line, read)
    }
  }

  #record(line: LineOf<'record'>, { leaf, record }: ReadLine, packed: Uint8Array): void {
    if (leaf === undefined || record === undefined) throw new TypeError('a leaf that was not read')
    this.log.leaf(line.index, leaf)
    const site = this.manifest?.site ?? ''
    const withRows = this.manifest?.rows !== undefined
    const seen = readRecord({ ...this.#context, site, withRows }, line, { ...record, packed })
    if (seen === null) return
    this.#judgeBefore(seen.record.window.from)
    this.records.push(seen)
    this.anew.add(seen)
  }

  #entry(line: LineOf<'entry'>, { leaf }: ReadLine): void {
    if (leaf === undefined) throw new TypeError('a leaf that was not read')
    this.log.leaf(line.index, leaf)
    const seen = this.#entryReader.read(line, this.manifest?.origin ?? '')
    if (seen !== null) this.#takeEntry(seen)
  }

  /** Judges what seems to be over while its records are at hand; who comes late is judged again. */
  #judgeBefore(ms: number): void {
    const over = startOfInterval(ms) - INTERVAL_MS
    if (over <= this.#judgedTo || this.manifest === null) return
    const from = Math.max(this.#judgedTo, over - INTERVAL_MS, startOfInterval(this.manifest.from))
    const to = Math.min(over, this.manifest.to)
    for (const interval of intervalsOf(from, to)) this.anew.wordOf(interval)
    this.#judgedTo = over
  }

  /** A verdict is held at once against the records that stand before it. */
  #takeEntry(seen: SeenEntry): void {
    this.entries.push(seen)
    this.#context.agentKeys.take(seen)
    const { site = '', from = 0, to = 0 } = this.manifest ?? {}
    this.#values.entry(seen, site)
    const { index, entry } = seen
    // Of what it says of another time the records are not here.
    if (entry.kind !== 'verdict' || entry.site !== site) return
    if (entry.from < startOfInterval(from) || entry.to > to) return
    const stated = { ...entry, where: `leaf ${index} verdict`, beforeIndex: index }
    checkVerdict(this.judging, this.anew, stated)
  }

  #end(line: LineOf<'end'>, { sections }: ReadLine): void {
    if (JSON.stringify(line.sections) !== sections) {
      this.#report('invalid', 'sections', 'end', 'its list of sections is not that of this file')
    }
  }
}
