import * as v from 'valibot'
import { readerOf } from '../schema/reader.ts'
import { envelopeAround, type LineOf } from './bundle.ts'
import { ENTRY_PAYLOAD_TYPE, type Entry, EntrySchema } from './entry.ts'
import { utf8 } from './octets.ts'
import { SignatureSchema } from './signature.ts'
import type { Report, SeenEntry, VerifyTools } from './verify-items.ts'
import type { Signatures } from './verify-record.ts'
import type { Vkey } from './vkey.ts'

const EntryEnvelopeSchema = v.strictObject({
  payloadType: v.literal(ENTRY_PAYLOAD_TYPE),
  payload: v.string(),
  signatures: v.array(SignatureSchema),
})

const readEnvelope = readerOf(EntryEnvelopeSchema)
const readInner = readerOf(EntrySchema)

/** Reads an entry of the collector, signed by the log's key; null when it is none. */
export function readEntry(
  context: {
    readonly tools: VerifyTools
    readonly signatures: Signatures
    readonly logKeys: readonly Vkey[]
    readonly report: Report
  },
  line: LineOf<'entry'>,
): SeenEntry | null {
  const { signatures, logKeys, report } = context
  const where = `leaf ${line.index}`
  let inner: unknown
  try {
    inner = JSON.parse(line.payload)
  } catch {
    report('invalid', 'entry-form', where, 'is no JSON')
    return null
  }
  const whole = readEnvelope(envelopeAround(line))
  const entry = readInner(inner)
  if (!whole.ok || !entry.ok) {
    report('invalid', 'entry-form', where, 'is not an entry of this format')
    return null
  }
  const payload = utf8(line.payload)
  const by = signatures.by(logKeys, whole.value.signatures, ENTRY_PAYLOAD_TYPE, payload)
  if (typeof by === 'string') {
    const given = logKeys.length > 0
    const what = given ? 'is not signed by a trusted log key' : 'no log key was given'
    report(given ? 'invalid' : 'missing', 'entry-signature', `${where} ${entry.value.kind}`, what)
  }
  return { index: line.index, entry: entry.value }
}

/** Exclusions, gaps and late records as the collector entered them. */
export function checkEntries(entries: readonly SeenEntry[], report: Report): void {
  let latest = 0
  for (const { index, entry } of entries) {
    const where = `leaf ${index} ${entry.kind}`
    if (entry.at < latest) {
      const what = `is dated ${(latest - entry.at) / 1000} s before an entry that stands before it`
      report('suspicious', 'entry-order', where, what)
    }
    latest = Math.max(latest, entry.at)
    if (entry.kind === 'exclusion') checkExclusion(where, entry, report)
    if (entry.kind === 'gap') {
      const what = `${entry.agent} was silent from ${utc(entry.since)} on`
      report('note', 'gap', where, what, { from: entry.since, to: entry.at })
    }
    if (entry.kind === 'late') {
      const { agent, fromSequence, toSequence, lateSeconds } = entry
      const what = `${agent} ${fromSequence}-${toSequence} came up to ${lateSeconds} s late`
      report('note', 'late', where, what)
    }
  }
}

function checkExclusion(
  where: string,
  entry: Extract<Entry, { readonly kind: 'exclusion' }>,
  report: Report,
): void {
  const time = { from: entry.from, to: entry.to }
  const span = `${utc(entry.from)} to ${utc(entry.to)}`
  if (entry.at <= entry.from) {
    report('note', 'exclusion', where, `${span}, entered before by ${entry.by}: ${entry.why}`, time)
    return
  }
  const what = `backdated: ${span} was entered at ${utc(entry.at)} by ${entry.by}: ${entry.why}`
  report('suspicious', 'backdated-exclusion', where, what, time)
}

/** Milliseconds since 1970 as UTC to the second. */
export function utc(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`
}
