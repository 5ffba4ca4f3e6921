import type { Field } from '../../shared/wire/fields.ts'
import { receiptBody, receiptCount } from '../../shared/wire/receipt.ts'
import { statementBody } from '../../shared/wire/statement.ts'
import type { ControlVoice } from './control-voice.ts'
import type { SessionNews } from './session-news.ts'

export type ReceiptQuestion = 'receipt-request' | 'statement-request'
/** The layout of a question about one session. */
export type OfSession<T> = Field<T & { readonly sessionId: string }>

/** The reflector's word on a window of this session; undefined for anything else. */
export function receiptNews(
  voice: ControlVoice,
  type: 'receipt' | 'statement',
  datagram: Uint8Array,
  sessionId: string | undefined,
): SessionNews | undefined {
  if (type === 'statement') {
    const statement = voice.read(datagram, statementBody)
    return statement?.sessionId === sessionId && statement !== undefined
      ? { type, statement }
      : undefined
  }
  const count = receiptCount(datagram)
  const receipt = count.ok ? voice.read(datagram, receiptBody(count.value)) : undefined
  return receipt !== undefined && receipt.sessionId === sessionId ? { type, receipt } : undefined
}
