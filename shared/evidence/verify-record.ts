import type { AgentRecord } from '../record/record.ts'
import { agentKeyName } from './key-names.ts'
import { isNeighbour, reportOfNeighbour } from './neighbours.ts'
import { fromBase64, sameOctets } from './octets.ts'
import type { PayloadOctets } from './payload-octets.ts'
import type { KeptPayload } from './read-along.ts'
import type { ReadLine } from './read-lines.ts'
import { type ReadPayload, recordOf } from './read-payloads.ts'
import type { RecordContext } from './record-context.ts'
import { LATER, unreadRecord } from './unread.ts'
import type { SeenRecord, VerifyTools } from './verify-items.ts'
import type { KeptRecord } from './verify-kept.ts'
import { readReceipts } from './verify-receipts.ts'
import type { Signed } from './verify-runs.ts'

const DOUBTFUL =
  "an entry of the log about its agent's keys cannot be read by this build: whether its key counts is not known"

/** A record's line, what its payload was found to hold, and the texts that its own is packed with. */
export interface RecordRead {
  readonly read: Extract<ReadLine, { readonly kind: 'record' }>
  readonly payload: KeptPayload | null
  /** Payloads, its own among them. */
  readonly octets: PayloadOctets
  readonly packed: Uint8Array
}

/** Takes one record; null when it is none. Reports what its signatures are worth. */
export function readRecord(whole: RecordContext, given: RecordRead): SeenRecord | null {
  const { report, site } = whole
  const { index, place, signatures, sha256 } = given.read
  const { payload } = given
  const octets = given.octets.at(place)
  const record = payload === null ? null : restOf(whole.tools, octets, payload)
  if (signatures === null || payload === null || record === null) {
    report('invalid', 'record-form', `leaf ${index}`, 'is no record: it was altered')
    return null
  }
  const { unread } = payload
  const isForChain = isNeighbour({ record, unread }, whole.span)
  const context = isForChain ? { ...whole, report: reportOfNeighbour(report) } : whole
  const seen = context.seen.add(record, {
    ...{ index, payloadSha256: sha256, unread },
    place: { packed: given.packed, ...payload.place, whole: payload.cut === null },
    evidence: context.withRows && !isForChain ? record.evidence : undefined,
  })
  seen.seenHere = isSeenHere(context, record)
  const { where } = seen
  const time = { from: record.window.from, to: record.window.to }
  if (record.site !== site) {
    const what = `is of site ${record.site}, and this bundle of ${site}`
    report('invalid', 'other-site', where, what, time)
  }
  if (unread !== null) {
    const what = `${LATER} (voip-ready ${record.tool.version} made it)`
    context.report('missing', 'record-unread', where, what, time)
  }
  if (!isForChain) readReceipts(context, record, payload, seen)
  checkSigned({ ...context, isForChain }, seen, given, signatures)
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
  { cut, unread }: ReadPayload,
): AgentRecord | null {
  if (unread !== null) return unreadRecord(text(payload))?.record ?? null
  if (cut === null) return recordOf(text(payload))
  return JSON.parse(`${text(payload.subarray(0, cut.from))}[]${text(payload.subarray(cut.to))}`)
}

/** Reports what can be said of a record's signature at once; the rest is found out with its run. */
function checkSigned(
  context: RecordContext & { readonly isForChain: boolean },
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
  const isKnown = context.signatures.name({ keys, signatures })
  const wrong = (what: string) => report('invalid', 'record-signature', where, what, time)
  if (keys.length === 0) {
    report('missing', 'agent-key', where, `no key of ${name} was given to hold it against`, time)
  } else if (context.agentKeys.isRevoked(name, signatures)) {
    report('suspicious', 'revoked-key', where, 'came after its key had been taken back', time)
  } else if (context.agentKeys.isDoubtful(name, isKnown)) {
    report('missing', 'agent-key', where, DOUBTFUL, time)
  } else if (!isKnown && context.isForChain) {
    // Of before its agent was enrolled anew, say, under a key that nobody need hold: it proves nothing.
    report('missing', 'agent-key', where, 'is signed by a key that was not given', time)
  } else if (!isKnown) {
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
