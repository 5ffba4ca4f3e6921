import { type ReceiptStatement, ReceiptStatementSchema } from '../record/receipt.ts'
import { repeatsMembers } from '../schema/json-members.ts'
import { readerOf } from '../schema/reader.ts'
import { fromUtf8 } from './octets.ts'

const read = readerOf(ReceiptStatementSchema)

/**
 * What a receipt's payload says; null: no statement in a form of this build, or one that says something
 * twice. Whose signature it bears is not looked at.
 */
export function statementIn(payload: Uint8Array | null): ReceiptStatement | null {
  const text = payload === null ? null : fromUtf8(payload)
  if (text === null) return null
  try {
    const found = read(JSON.parse(text))
    return found.ok && !repeatsMembers(text, found.value) ? found.value : null
  } catch {
    return null
  }
}
