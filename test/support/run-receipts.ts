import type { Signer } from '../../shared/evidence/crypto.ts'
import type { StreamObservation } from '../../shared/record/observation.ts'
import type { StreamEvidence } from '../../shared/record/receipt.ts'
import type { AgentRecord } from '../../shared/record/record.ts'
import { signReceipt } from './evidence-world.ts'

export type Statement = ReturnType<typeof statementOf>
type Role = NonNullable<StreamEvidence['qos']>

/** What an honest reflector signs of a step, of which it keeps counts alone. */
export function statementOf(
  { calls, to }: Pick<StreamObservation, 'calls' | 'to'>,
  { scheduled, received }: { readonly scheduled: number; readonly received: number },
  session: string,
) {
  return {
    ...{ format: 'voip-ready/receipt/1', reflector: 'dc1', ssrc: 4096, previous: null, session },
    peer: { address: '192.0.2.9', port: 40001 },
    ...{ ranges: [[0, 0, scheduled / calls]], streams: [calls] },
    ...{ firstArrival: null, lastArrival: null, at: to + 700 },
    ...{ expected: scheduled, received, duplicated: 0, reordered: 0, replied: received },
    ...{ jitter: null, delay: null, rows: null, version: '0.1.0' },
    ...{ tos: { seen: [], unseen: received }, ttl: { seen: [], unseen: received } },
    clock: { synchronised: true, maxErrorMs: 1, source: 'adjtimex', steps: 0 },
  }
}

/**
 * A record of a run with a receipt for each of its streams.
 * @param change what is signed of the n-th stream; null: nothing is
 */
export function withReceipts(
  record: AgentRecord,
  reflector: (farEnd: 'primary' | 'secondary') => Signer,
  change: (statement: Statement, at: number) => object | null = (one) => one,
): AgentRecord {
  let at = 0
  const evidence: StreamEvidence[] = []
  const add = (
    seen: Pick<StreamObservation, 'farEnd' | 'from' | 'to' | 'calls'>,
    counts: { readonly scheduled: number; readonly received: number },
    qos?: Role,
  ) => {
    const session = `${String(at).padStart(8, '0')}${record.run?.id.slice(-8)}`
    const { farEnd, from, to } = seen
    const signer = reflector(farEnd)
    const name = signer.name.split('/').at(-1) ?? ''
    const signed = change({ ...statementOf(seen, counts, session), reflector: name }, at)
    at += 1
    evidence.push({
      ...{ farEnd, from, to, rows: null },
      ...(qos === undefined ? {} : { qos }),
      receipts: signed === null ? [] : [signReceipt(signer, signed)],
      oneSided: signed === null ? 'not-offered' : null,
    })
  }
  const addStream = (seen: StreamObservation, qos?: Role) => {
    const { scheduled } = seen.instrument
    add(seen, { scheduled, received: seen.legs.out.loss.received }, qos)
  }
  for (const seen of record.observations) {
    if (seen.kind === 'stream') addStream(seen)
    if (seen.kind !== 'qos') continue
    const { before, loaded, farEnd, from, to } = seen
    addStream(before.marked, 'before-marked')
    addStream(before.plain, 'before-plain')
    if (loaded === null) continue
    addStream(loaded.marked, 'loaded-marked')
    addStream(loaded.plain, 'loaded-plain')
    if (loaded.load === null) continue
    const { calls, scheduled, reached } = loaded.load
    add({ farEnd, from, to, calls }, { scheduled, received: reached }, 'load')
  }
  return { ...record, evidence }
}
