import { holdReceipt } from '../../shared/evidence/receipt-streams.ts'
import type { ReceiptStatement } from '../../shared/record/receipt.ts'
import type { AgentRecord } from '../../shared/record/record.ts'

export interface HeldStreams {
  /** Streams that a reflector signed for. */
  readonly held: number
  /** Of these: with all jitter that the reflector saw, held to the microsecond. */
  readonly exact: number
  /** What an honest agent and honest reflectors should never say differently. */
  readonly disagreements: readonly string[]
}

/** Every stream of these records against the receipts that came with it, as `verify` holds them. */
export function holdReceipts(records: readonly AgentRecord[]): HeldStreams {
  let [held, exact] = [0, 0]
  const disagreements: string[] = []
  for (const record of records)
    for (const evidence of record.evidence ?? []) {
      const statements = evidence.receipts.map(
        ({ payload }) => JSON.parse(Buffer.from(payload, 'base64').toString()) as ReceiptStatement,
      )
      const found = statements.length === 0 ? null : holdReceipt(record, evidence, statements)
      if (found === null) continue
      held += 1
      const { stream } = found
      const [statement] = statements
      if ('stampedJitter' in stream && stream.stampedJitter?.n === statement?.jitter?.n) exact += 1
      for (const { what, agent, reflector } of found.disagreements)
        disagreements.push(
          `record ${record.sequence} ${evidence.farEnd}: ${what}, agent ${agent}, reflector ${reflector}`,
        )
    }
  return { held, exact, disagreements }
}
