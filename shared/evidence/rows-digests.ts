import type { ReceiptStatement, StreamEvidence } from '../record/receipt.ts'
import { fromBase64 } from './octets.ts'
import { statementIn } from './receipt-statement.ts'

/** A digest of raw rows as one side signed it. */
export interface SignedDigest {
  readonly side: 'agent' | 'reflector'
  readonly sha256: string
  readonly rows: number
  /** The receipt that names it; null: the record does. */
  readonly statement: ReceiptStatement | null
}

/** Every digest that stands behind one stream of a record, the agent's first. */
export function digestsOf({ rows, receipts }: StreamEvidence): SignedDigest[] {
  const own = rows === null ? [] : [{ side: 'agent' as const, ...rows, statement: null }]
  const others = receipts.flatMap(({ payload }) => {
    const statement = statementIn(fromBase64(payload))
    return statement?.rows == null
      ? []
      : [{ side: 'reflector' as const, ...statement.rows, statement }]
  })
  return [...own, ...others]
}
