import type { StreamObservation } from '../record/observation.ts'
import {
  type ReceiptStatement,
  ReceiptStatementSchema,
  type SignedReceipt,
} from '../record/receipt.ts'
import { type AgentRecord, EnvelopeSchema, RecordSchema } from '../record/record.ts'
import type { Result } from '../result.ts'
import { readerOf } from '../schema/reader.ts'
import { envelopeAround, type LineOf } from './bundle.ts'
import { agentKeyName, reflectorKeyName } from './key-names.ts'
import { fromUtf8, utf8 } from './octets.ts'
import type { ReadLine } from './read-lines.ts'
import { compareReceipts } from './receipt-check.ts'
import type { Alike } from './verify-alike.ts'
import type { Item, ReceiptMark, Report, SeenRecord, VerifyTools } from './verify-items.ts'
import type { Keep, Stretch } from './verify-keep.ts'
import type { AgentKeys } from './verify-keys.ts'
import type { Signed, SignedRuns } from './verify-runs.ts'
import type { Signatures } from './verify-signatures.ts'
import type { Vkey } from './vkey.ts'

type Observations = AgentRecord['observations']

export interface RecordContext {
  readonly tools: VerifyTools
  readonly signatures: Signatures
  readonly agentKeys: AgentKeys
  readonly reflectorKeys: readonly Vkey[]
  readonly site: string
  /** Raw rows follow, to be held against the evidence. */
  readonly withRows: boolean
  readonly report: Report
  /** Where what was observed is kept: of voice, and of rounds, which hold for a day. */
  readonly kept: { readonly voice: Keep<Observations>; readonly rounds: Keep<Observations> }
  readonly alike: Alike
  readonly records: SignedRuns
  readonly receipts: SignedRuns
}

type Counts = { proven: number; claimed: number; none: number; marks: ReceiptMark[] }
type Time = NonNullable<Item['time']>

/** Reads one record's envelope; null when it is none. Reports what its signatures are worth. */
export function readRecord(
  context: RecordContext,
  line: LineOf<'record'>,
  { sha256, ...stretch }: NonNullable<ReadLine['record']> & Pick<Stretch, 'packed'>,
): SeenRecord | null {
  const { report, site } = context
  const place = `leaf ${line.index}`
  const around = readEnvelope(envelopeAround(line))
  const outer = around.ok ? around.value : null
  const record = outer === null ? null : parsed(readAgentRecord, line.payload)
  if (outer === null || record === null) {
    report('invalid', 'record-form', place, 'is not a record of this format')
    return null
  }
  const where = `${record.agent} boot ${record.boot.slice(0, 8)} record ${record.sequence}`
  const time = { from: record.window.from, to: record.window.to }
  if (record.site !== site) {
    const what = `is of site ${record.site}, and this bundle of ${site}`
    report('invalid', 'other-site', where, what, time)
  }
  const { observations, evidence } = record
  const { voice, rounds } = context.kept
  const seen = {
    ...{ index: line.index, where, record: context.alike.record(record, sha256), proven: false },
    observations: (record.round === undefined ? voice : rounds).put(observations, stretch),
    payloadSha256: sha256,
    receipts: readReceipts(context, record, where),
    ...(context.withRows && evidence !== undefined ? { evidence } : {}),
  }
  checkSigned(context, seen, () => utf8(line.payload), outer.signatures)
  return seen
}

/** Reports what can be said of a record's signature at once; the rest is found out with its run. */
function checkSigned(
  context: RecordContext,
  seen: Omit<SeenRecord, 'proven'> & { proven: boolean },
  payload: Signed['payload'],
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
    context.records.add(name, {
      ...{ payload, sha256, previous: record.previous, keys, signatures },
      settled: (proven) => {
        seen.proven = proven
        if (!proven) wrong('was changed after it was signed')
      },
    })
  }
}

function readReceipts(context: RecordContext, record: AgentRecord, where: string): Counts {
  const counts = { proven: 0, claimed: 0, none: 0, marks: [] }
  const time = { from: record.window.from, to: record.window.to }
  const streams = record.observations.filter(({ kind }) => kind === 'stream').length
  for (const evidence of record.evidence ?? []) {
    const statements = evidence.receipts.flatMap((receipt) => {
      const { farEnd, segment } = evidence
      const end = segment === undefined ? farEnd : null
      const place = { where: `${where}, receipt`, time, counts, end }
      return readReceipt(context, receipt, place) ?? []
    })
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

function markOf(
  alike: Alike,
  { reflector, session, firstArrival, lastArrival, version }: ReceiptStatement,
  farEnd: ReceiptMark['farEnd'],
  proven: boolean,
): ReceiptMark {
  return {
    ...{ farEnd, proven, firstArrival, lastArrival },
    ...{ reflector: alike.text(reflector), session: alike.text(session) },
    version: alike.text(version),
  }
}

function readReceipt(
  { report, signatures, reflectorKeys, receipts, tools, alike }: RecordContext,
  receipt: SignedReceipt,
  place: {
    readonly where: string
    readonly time: Time
    readonly counts: Counts
    /** Null: of a segment's border. */
    readonly end: ReceiptMark['farEnd'] | null
  },
): ReceiptStatement | null {
  const { where, time, counts, end } = place
  const payload = tools.fromBase64(receipt.payload)
  const text = payload === null ? null : fromUtf8(payload)
  const statement = text === null ? null : parsed(readStatement, text)
  if (payload === null || statement === null) {
    counts.claimed += 1
    report('invalid', 'receipt-form', where, 'cannot be read', time)
    return null
  }
  const name = reflectorKeyName(statement.reflector)
  const keys = reflectorKeys.filter((key) => key.name === name)
  const settled = (proven: boolean) => {
    counts[proven ? 'proven' : 'claimed'] += 1
    if (end !== null) counts.marks.push(markOf(alike, statement, end, proven))
    if (proven) return
    if (keys.length === 0)
      report('missing', 'reflector-key', where, `no key of ${name} was given`, time)
    else report('invalid', 'receipt-signature', where, `is not signed by ${name}: forged`, time)
  }
  const signed = { previous: statement.previous, keys, signatures: receipt.signatures }
  if (!signatures.name(signed)) settled(false)
  else {
    const sha256 = tools.sha256hex(payload)
    receipts.add(`${name} ${statement.session}`, {
      ...{ ...signed, sha256, settled, payload: () => payload },
    })
  }
  return statement
}

/** What the reflector signed against what the agent says of the same stream. */
function checkAgreement(
  report: Report,
  given: {
    readonly record: AgentRecord
    readonly where: string
    readonly time: Time
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

/** The observations of a payload that was read before. */
export function observationsIn(payload: string): Observations {
  return parsed(readAgentRecord, payload)?.observations ?? []
}

function parsed<T>(read: (value: unknown) => Result<T, string>, text: string): T | null {
  try {
    const found = read(JSON.parse(text))
    return found.ok ? found.value : null
  } catch {
    return null
  }
}
