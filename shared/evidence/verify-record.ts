import type { SignedReceipt } from '../record/receipt.ts'
import type { AgentRecord } from '../record/record.ts'
import { agentKeyName, reflectorKeyName } from './key-names.ts'
import { fromBase64, sameOctets } from './octets.ts'
import type { PayloadOctets } from './payload-octets.ts'
import type { KeptPayload } from './read-along.ts'
import type { ReadLine } from './read-lines.ts'
import { type ReadPayload, type ReadReceipt, recordOf } from './read-payloads.ts'
import type { Disagreement } from './receipt-check.ts'
import type { SignedPackets } from './signed-packets.ts'
import type { Item, ReceiptMark, Report, SeenRecord, VerifyTools } from './verify-items.ts'
import type { KeptRecord } from './verify-kept.ts'
import type { AgentKeys } from './verify-keys.ts'
import type { MinuteReceipts } from './verify-minute-receipts.ts'
import type { ClaimedReceipt, ReflectorKeys } from './verify-reflectors.ts'
import type { RunReceipts } from './verify-run-receipts.ts'
import type { Signed, SignedRuns } from './verify-runs.ts'
import type { SeenRecords } from './verify-seen.ts'
import type { Signatures } from './verify-signatures.ts'

export interface RecordContext {
  readonly tools: VerifyTools
  readonly signatures: Signatures
  readonly agentKeys: AgentKeys
  readonly reflectorKeys: ReflectorKeys
  readonly site: string
  /** Raw rows follow, to be held against the evidence. */
  readonly withRows: boolean
  readonly report: Report
  readonly seen: SeenRecords
  readonly records: SignedRuns
  readonly receipts: SignedRuns
  /** Root of the first `size` leaves; undefined: not before here. */
  readonly rootAt: (size: number) => Uint8Array | undefined
  readonly runReceipts: RunReceipts
  readonly minuteReceipts: MinuteReceipts
  readonly signedPackets: SignedPackets
}

type Time = NonNullable<Item['time']>

/** A record's line, what its payload was found to hold, and the texts that its own is packed with. */
export interface RecordRead {
  readonly read: Extract<ReadLine, { readonly kind: 'record' }>
  readonly payload: KeptPayload | null
  /** Payloads, its own among them. */
  readonly octets: PayloadOctets
  readonly packed: Uint8Array
}

/** Takes one record; null when it is none. Reports what its signatures are worth. */
export function readRecord(context: RecordContext, given: RecordRead): SeenRecord | null {
  const { report, site } = context
  const { index, place, signatures, sha256 } = given.read
  const { payload } = given
  const octets = given.octets.at(place)
  const record = payload === null ? null : restOf(context.tools, octets, payload)
  if (signatures === null || payload === null || record === null) {
    const what = 'is no record that this build can read: it was altered, or a later build wrote it'
    report('invalid', 'record-form', `leaf ${index}`, what)
    return null
  }
  const { evidence } = record
  const seen = context.seen.add(record, {
    ...{ index, payloadSha256: sha256 },
    place: { packed: given.packed, ...payload.place, whole: payload.cut === null },
    evidence: context.withRows ? evidence : undefined,
  })
  seen.seenHere = isSeenHere(context, record)
  const { where } = seen
  const time = { from: record.window.from, to: record.window.to }
  if (record.site !== site) {
    const what = `is of site ${record.site}, and this bundle of ${site}`
    report('invalid', 'other-site', where, what, time)
  }
  readReceipts(context, record, payload, seen)
  checkSigned(context, seen, given, signatures)
  return seen
}

/** True when the log of this bundle had the root that the agent saw: where it grew so far, it keeps it. */
function isSeenHere({ rootAt }: Pick<RecordContext, 'rootAt'>, { seen }: AgentRecord): boolean {
  const root = seen === undefined ? undefined : rootAt(seen.size)
  const own = seen === undefined ? null : fromBase64(seen.root)
  return root !== undefined && own !== null && sameOctets(root, own)
}

/** A record without its observations, which are nobody's here: whoever found the cut has checked both. */
function restOf(
  { text }: Pick<VerifyTools, 'text'>,
  payload: Uint8Array,
  { cut }: ReadPayload,
): AgentRecord | null {
  if (cut === null) return recordOf(text(payload))
  return JSON.parse(`${text(payload.subarray(0, cut.from))}[]${text(payload.subarray(cut.to))}`)
}

/** Reports what can be said of a record's signature at once; the rest is found out with its run. */
function checkSigned(
  context: RecordContext,
  seen: KeptRecord,
  { octets, read: { place } }: RecordRead,
  signatures: Signed['signatures'],
): void {
  const { report } = context
  const { where, record, payloadSha256: sha256 } = seen
  const time = { from: record.window.from, to: record.window.to }
  if (signatures.length === 0) {
    report('missing', 'unsigned', where, "has no signature: only the collector's word", time)
    return
  }
  const name = agentKeyName(record.site, record.agent)
  const keys = context.agentKeys.of(name)
  const wrong = (what: string) => report('invalid', 'record-signature', where, what, time)
  if (keys.length === 0) {
    report('missing', 'agent-key', where, `no key of ${name} was given to hold it against`, time)
  } else if (context.agentKeys.isRevoked(name, signatures)) {
    report('suspicious', 'revoked-key', where, 'came after its key had been taken back', time)
  } else if (!context.signatures.name({ keys, signatures })) {
    wrong('is signed by another key')
  } else {
    octets.hold()
    context.records.add(name, {
      ...{ payload: () => octets.at(place), sha256, previous: record.previous, keys, signatures },
      settled: (proven) => {
        octets.release()
        seen.proven = proven
        if (!proven) wrong('was changed after it was signed')
      },
    })
  }
}

function readReceipts(
  context: RecordContext,
  record: AgentRecord,
  { streams, isAstray, backed, receipts: read, disagreements, uncounted }: ReadPayload,
  seen: KeptRecord,
): void {
  const { report } = context
  const { where } = seen
  const time = { from: record.window.from, to: record.window.to }
  if (isAstray) {
    const what =
      'says of a stream that it is of other time than the record: no receipt of it backs that'
    report('suspicious', 'stream-time', where, what, time)
  }
  for (const [n, { receipts, farEnd, segment }] of (record.evidence ?? []).entries()) {
    const end = segment === undefined ? { farEnd } : { farEnd, segment }
    const place = segment === undefined ? farEnd : `segment ${segment}`
    const told = segment === undefined ? farEnd : `${farEnd} ${place}`
    const { run } = record
    const around = { where: `${where}, receipt`, place, time, seen, run, end, isAstray }
    for (const [nth, receipt] of receipts.entries())
      takeReceipt(context, receipt, read[n]?.[nth] ?? null, around)
    for (const one of disagreements[n] ?? [])
      report('suspicious', 'disagreement', `${where}, ${told}`, saidOf(one), time)
    const alone = uncounted[n] ?? 0
    if (alone > 0) {
      const what = `no receipt counts ${alone} of its packets: what became of them is the agent's word`
      report('missing', 'one-sided', `${where}, ${told}`, what, time)
    }
  }
  const none = Math.max(0, streams - backed)
  seen.lacks(none)
  if (none > 0) {
    const what = `${none} of ${streams} streams have no receipt: one-sided`
    report('missing', 'one-sided', where, what, time)
  }
}

function saidOf({ what, agent, reflector }: Disagreement): string {
  if (what === 'sums')
    return `the agent's own numbers contradict each other: ${agent} packets, of which its others make ${reflector}`
  if (what !== 'receipts')
    return `the agent says ${what} ${agent}, the reflector's receipt ${reflector}`
  return `the agent says that ${agent} of the reflector's receipts contradicted what came back from it`
}

/** Where a receipt stands. */
interface Around {
  readonly where: string
  readonly place: string
  readonly time: Time
  readonly seen: KeptRecord
  readonly run: AgentRecord['run']
  readonly end: Pick<ReceiptMark, 'farEnd' | 'segment'>
  readonly isAstray: boolean
}

function takeReceipt(
  context: RecordContext,
  receipt: SignedReceipt,
  read: ReadReceipt | null,
  around: Around,
): void {
  const { report, signatures, reflectorKeys, receipts, tools, seen: all } = context
  const { where, place, time, seen, end } = around
  if (read === null) {
    seen.settle(null, false)
    report('invalid', 'receipt-form', where, 'cannot be read', time)
    return
  }
  const { previous } = read
  // Not held: of few is it looked at again. It was found to be base64.
  const payload = () => tools.fromBase64(receipt.payload) ?? new Uint8Array()
  const sha256 = tools.sha256hex(payload())
  const name = reflectorKeyName(read.reflector)
  const claimed = { name, place, atMs: time.from, signatures: receipt.signatures }
  const keys = reflectorKeys.of(claimed)
  const [{ keyid }] = receipt.signatures
  const mark = all.mark(seen, { ...end, keyid }, read)
  const serves = servesHere(context, read, claimed, { ...around, sha256 }) && !around.isAstray
  const settled = (proven: boolean) => {
    seen.settle(mark, proven && serves)
    if (proven) return
    const { severity, code, what } = reflectorKeys.lack(claimed)
    report(severity, code, where, what, time)
  }
  const signed = { keys, signatures: receipt.signatures }
  if (!signatures.name(signed)) settled(false)
  else {
    receipts.add(`${name} ${read.session}`, { ...signed, sha256, previous, settled, payload })
  }
}

/** Whether what a reflector signed may back what it is shown for; reports why not. */
function servesHere(
  { reflectorKeys, minuteReceipts, runReceipts, signedPackets, report }: RecordContext,
  read: ReadReceipt,
  claimed: ClaimedReceipt,
  { where, place, time, seen, run, sha256 }: Around & { readonly sha256: string },
): boolean {
  const elsewhere = reflectorKeys.elsewhere(claimed)
  if (elsewhere !== null) report('suspicious', 'receipt-elsewhere', where, elsewhere, time)
  const { agent } = seen.record
  const shown = { where, time, sha256 }
  const isFirst = run === undefined || runReceipts.take(run, read, shown)
  const inTime = run !== undefined || minuteReceipts.serves(read, { where, agent, place, time })
  return isFirst && inTime && elsewhere === null && signedPackets.areNew(read, shown)
}
