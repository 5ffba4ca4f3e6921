import type { StreamObservation } from '../record/observation.ts'
import {
  RECEIPT_PAYLOAD_TYPE,
  type ReceiptStatement,
  ReceiptStatementSchema,
  type SignedReceipt,
} from '../record/receipt.ts'
import {
  type AgentRecord,
  EnvelopeSchema,
  RECORD_PAYLOAD_TYPE,
  RecordSchema,
} from '../record/record.ts'
import type { Result } from '../result.ts'
import { readerOf } from '../schema/reader.ts'
import { envelopeAround, type LineOf } from './bundle.ts'
import { keyIdOf, verifyPayload } from './dsse.ts'
import { fromBase64, fromUtf8, toHex, utf8 } from './octets.ts'
import { compareReceipts } from './receipt-check.ts'
import type { Item, Report, SeenRecord, VerifyTools } from './verify-items.ts'
import type { Vkey } from './vkey.ts'

/** Holds envelopes and receipts against trusted keys, each key's hint computed once. */
export class Signatures {
  readonly #tools: VerifyTools
  readonly #ids = new Map<Vkey, string>()

  constructor(tools: VerifyTools) {
    this.#tools = tools
  }

  /** The trusted key that signed; `unknown` when none of them is named, `bad` when one did not. */
  by(
    keys: readonly Vkey[],
    signatures: readonly { readonly keyid: string; readonly sig: string }[],
    payloadType: string,
    payload: Uint8Array,
  ): Vkey | 'unknown' | 'bad' {
    let word: 'unknown' | 'bad' = 'unknown'
    for (const { keyid, sig } of signatures) {
      const key = keys.find((one) => this.#idOf(one) === keyid)
      if (key === undefined) continue
      const signature = fromBase64(sig)
      const statement = { payloadType, payload, signature: signature ?? new Uint8Array() }
      if (signature !== null && verifyPayload(this.#tools, key.publicKey, statement)) return key
      word = 'bad'
    }
    return word
  }

  #idOf(key: Vkey): string {
    const known = this.#ids.get(key)
    if (known !== undefined) return known
    const id = keyIdOf(key.publicKey, this.#tools)
    this.#ids.set(key, id)
    return id
  }
}

export interface RecordContext {
  readonly tools: VerifyTools
  readonly signatures: Signatures
  readonly agentKeys: readonly Vkey[]
  readonly reflectorKeys: readonly Vkey[]
  readonly site: string
  /** Raw rows follow, to be held against the evidence. */
  readonly withRows: boolean
  readonly report: Report
}

/** Reads one record's envelope; null when it is none. Reports what its signatures are worth. */
export function readRecord(context: RecordContext, line: LineOf<'record'>): SeenRecord | null {
  const { tools, report, site } = context
  const place = `leaf ${line.index}`
  const around = readEnvelope(envelopeAround(line))
  const outer = around.ok ? around.value : null
  const record = outer === null ? null : parsed(readAgentRecord, line.payload)
  if (outer === null || record === null) {
    report('invalid', 'record-form', place, 'is not a record of this format')
    return null
  }
  const payload = utf8(line.payload)
  const where = `${record.agent} boot ${record.boot.slice(0, 8)} record ${record.sequence}`
  const time = { from: record.window.from, to: record.window.to }
  if (record.site !== site) {
    const what = `is of site ${record.site}, and this bundle of ${site}`
    report('invalid', 'other-site', where, what, time)
  }
  const proven = isSigned(context, { record, where, time, payload, signatures: outer.signatures })
  const { observations, evidence, ...rest } = record
  const text = JSON.stringify(observations)
  return {
    ...{ index: line.index, where, record: rest, proven },
    observations: () => JSON.parse(text) as AgentRecord['observations'],
    payloadSha256: toHex(tools.sha256(payload)),
    receipts: readReceipts(context, record, where),
    ...(context.withRows && evidence !== undefined ? { evidence } : {}),
  }
}

function isSigned(
  context: RecordContext,
  given: {
    readonly record: AgentRecord
    readonly where: string
    readonly time: { readonly from: number; readonly to: number }
    readonly payload: Uint8Array
    readonly signatures: readonly { readonly keyid: string; readonly sig: string }[]
  },
): boolean {
  const { report, signatures, agentKeys } = context
  const { where, time, record, payload } = given
  if (given.signatures.length === 0) {
    report('missing', 'unsigned', where, "has no signature: only the collector's word", time)
    return false
  }
  const name = `voip-ready-agent/${record.site}/${record.agent}`
  const keys = agentKeys.filter((key) => key.name === name)
  const by = signatures.by(keys, given.signatures, RECORD_PAYLOAD_TYPE, payload)
  if (typeof by !== 'string') return true
  if (by === 'bad' || keys.length > 0) {
    const what = by === 'bad' ? 'was changed after it was signed' : 'is signed by another key'
    report('invalid', 'record-signature', where, what, time)
  } else {
    report('missing', 'agent-key', where, `no key of ${name} was given to hold it against`, time)
  }
  return false
}

function readReceipts(context: RecordContext, record: AgentRecord, where: string) {
  const counts = { proven: 0, claimed: 0, none: 0 }
  const time = { from: record.window.from, to: record.window.to }
  const streams = record.observations.filter(({ kind }) => kind === 'stream').length
  for (const evidence of record.evidence ?? []) {
    const statements: ReceiptStatement[] = []
    for (const receipt of evidence.receipts) {
      const read = readReceipt(context, receipt, `${where}, receipt`, time)
      if (read?.proven === true) counts.proven += 1
      else counts.claimed += 1
      if (read !== null) statements.push(read.statement)
    }
    checkAgreement(context.report, { record, where, time, evidence, statements })
  }
  const backed = (record.evidence ?? []).filter(({ receipts }) => receipts.length > 0).length
  counts.none = Math.max(0, streams - backed)
  if (counts.none > 0) {
    const what = `${counts.none} of ${streams} streams have no receipt: one-sided`
    context.report('missing', 'one-sided', where, what, time)
  }
  return counts
}

function readReceipt(
  context: RecordContext,
  receipt: SignedReceipt,
  where: string,
  time: { readonly from: number; readonly to: number },
): { readonly proven: boolean; readonly statement: ReceiptStatement } | null {
  const { report, signatures, reflectorKeys } = context
  const payload = fromBase64(receipt.payload)
  const text = payload === null ? null : fromUtf8(payload)
  const statement = text === null ? null : parsed(readStatement, text)
  if (payload === null || statement === null) {
    report('invalid', 'receipt-form', where, 'cannot be read', time)
    return null
  }
  const name = `voip-ready-reflector/${statement.reflector}`
  const keys = reflectorKeys.filter((key) => key.name === name)
  const by = signatures.by(keys, receipt.signatures, RECEIPT_PAYLOAD_TYPE, payload)
  if (typeof by !== 'string') return { proven: true, statement }
  if (by === 'bad' || keys.length > 0) {
    report('invalid', 'receipt-signature', where, `is not signed by ${name}: forged`, time)
  } else {
    report('missing', 'reflector-key', where, `no key of ${name} was given`, time)
  }
  return { proven: false, statement }
}

/** What the reflector signed against what the agent says of the same stream. */
function checkAgreement(
  report: Report,
  given: {
    readonly record: AgentRecord
    readonly where: string
    readonly time: NonNullable<Item['time']>
    readonly evidence: NonNullable<AgentRecord['evidence']>[number]
    readonly statements: readonly ReceiptStatement[]
  },
): void {
  const { record, where, time, evidence, statements } = given
  const streams = record.observations.filter(
    (seen): seen is StreamObservation =>
      seen.kind === 'stream' &&
      seen.farEnd === evidence.farEnd &&
      seen.segment === evidence.segment &&
      seen.from === evidence.from,
  )
  const [stream] = streams
  if (stream === undefined || streams.length > 1) return
  for (const { what, agent, reflector } of compareReceipts(stream, statements)) {
    const said = `the agent says ${what} ${agent}, the reflector's receipt ${reflector}`
    report('suspicious', 'disagreement', `${where}, ${evidence.farEnd}`, said, time)
  }
}

const readEnvelope = readerOf(EnvelopeSchema)
const readAgentRecord = readerOf(RecordSchema)
const readStatement = readerOf(ReceiptStatementSchema)

function parsed<T>(read: (value: unknown) => Result<T, string>, text: string): T | null {
  try {
    const found = read(JSON.parse(text))
    return found.ok ? found.value : null
  } catch {
    return null
  }
}
