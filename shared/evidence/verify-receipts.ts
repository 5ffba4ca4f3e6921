import { RECEIPT_PAYLOAD_TYPE, type SignedReceipt } from '../record/receipt.ts'
import type { AgentRecord } from '../record/record.ts'
import { reflectorKeyName } from './key-names.ts'
import type { ReadPayload, ReadReceipt } from './read-payloads.ts'
import type { Disagreement } from './receipt-check.ts'
import type { RecordContext } from './record-context.ts'
import { LATER, unreadReceipt } from './unread.ts'
import type { Item, ReceiptMark } from './verify-items.ts'
import type { KeptRecord } from './verify-kept.ts'
import type { ClaimedReceipt } from './verify-reflectors.ts'

type Time = NonNullable<Item['time']>

/** Takes the receipts of a record, and tells what it says that they do not. */
export function readReceipts(
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
  if (what === 'unstamped')
    return `jitter of ${reflector} packets without that by the stamps inside them: no receipt holds it`
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
    const { severity, code, what } = unreadWord(context, receipt, { place, atMs: time.from })
    report(severity, code, where, what, time)
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

/** What is said of a receipt that this build cannot read: who signed it stands by it all the same. */
function unreadWord(
  { tools, signatures, reflectorKeys }: RecordContext,
  { payload, signatures: made }: SignedReceipt,
  { place, atMs }: Pick<ClaimedReceipt, 'place' | 'atMs'>,
): Pick<Item, 'severity' | 'code' | 'what'> {
  const octets = tools.fromBase64(payload)
  const head = octets === null || !tools.isUtf8(octets) ? null : unreadReceipt(tools.text(octets))
  if (octets === null || head === null)
    return { severity: 'invalid', code: 'receipt-form', what: 'cannot be read' }
  const name = reflectorKeyName(head.reflector)
  const keys = reflectorKeys.of({ name, place, atMs })
  const signed = { keys, signatures: made, payload: () => octets }
  const isSigned = signatures.hold(RECEIPT_PAYLOAD_TYPE, signed)
  if (keys.length > 0 && !isSigned) {
    const what = `cannot be read, and is not signed by ${name}: it was altered`
    return { severity: 'invalid', code: 'receipt-form', what }
  }
  const by = isSigned ? `is signed by ${name}` : `no key of ${name} was given to hold it against`
  return { severity: 'missing', code: 'receipt-unread', what: `${LATER}; ${by}` }
}
