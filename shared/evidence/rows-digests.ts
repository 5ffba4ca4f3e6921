import * as v from 'valibot'
import {
  type ReceiptStatement,
  ReceiptStatementSchema,
  type StreamEvidence,
} from '../record/receipt.ts'
import { fromBase64, fromUtf8 } from './octets.ts'

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
    const statement = statementOf(payload)
    return statement?.rows == null
      ? []
      : [{ side: 'reflector' as const, ...statement.rows, statement }]
  })
  return [...own, ...others]
}

/** What a receipt says; null: not in a form of this build. Whose signature it bears is not looked at. */
export function statementOf(payload: string): ReceiptStatement | null {
  const octets = fromBase64(payload)
  const text = octets === null ? null : fromUtf8(octets)
  try {
    const parsed = v.safeParse(ReceiptStatementSchema, JSON.parse(text ?? ''))
    return parsed.success ? parsed.output : null
  } catch {
    return null
  }
}
