import { judgeAddCheckpoint } from '../../shared/evidence/add-checkpoint.ts'
import { cosign } from '../../shared/evidence/cosignature.ts'
import type { Signer } from '../../shared/evidence/crypto.ts'
import { nodeCrypto } from '../../shared/evidence/node-crypto.ts'
import { parseNote, signatureLine } from '../../shared/evidence/note.ts'
import type { Vkey } from '../../shared/evidence/vkey.ts'
import type { Log } from '../log.ts'
import type { WitnessBook } from './book.ts'

export interface WitnessParts {
  readonly signer: Signer
  readonly book: WitnessBook
  readonly keysOf: (origin: string) => readonly Vkey[]
  readonly log: Log
  readonly nowMs: () => number
}

export interface WitnessReply {
  readonly status: number
  readonly type: string
  readonly body: string
}

const TEXT = 'text/plain; charset=utf-8'
/** C2SP tlog-witness: the type of a 409's body. */
const SIZE = 'text/x.tlog.size'

/**
 * Answers one `add-checkpoint`. Judging, keeping and answering are one step that nothing comes between,
 * and what was kept is on disk before it is answered: a checkpoint that was cosigned is never forgotten.
 */
export function addCheckpoint(parts: WitnessParts, body: string): WitnessReply {
  const { signer, book, keysOf, log, nowMs } = parts
  const lastOf = (origin: string) => book.lastOf(origin)?.checkpoint ?? null
  const word = judgeAddCheckpoint(nodeCrypto, body, { keysOf, lastOf })
  if (word.status === 200) {
    const seconds = Math.floor(nowMs() / 1000)
    const line = signatureLine(cosign(nodeCrypto, signer, word.text, seconds))
    const { origin, size } = word.checkpoint
    if (book.lastOf(origin) === null) {
      log.warn('the first checkpoint of this log here: what was before it is the log’s word', {
        origin,
      })
    }
    const note = `${word.text}\n${logLines(body, keysOf(origin))}${line}`
    book.keep({ checkpoint: word.checkpoint, note, seconds })
    log.info('cosigned', { origin, size })
    return { status: 200, type: TEXT, body: line }
  }
  if (word.status === 409) return { status: 409, type: SIZE, body: `${word.size}\n` }
  if (word.status === 422) {
    const file = book.keepRefused(body, word.proves, nowMs())
    const facts = { why: word.why, kept: file ?? 'before, or there are too many' }
    if (word.proves) log.error('FORK: a log has signed two histories of one size', facts)
    else log.warn('a checkpoint was not shown to continue what was cosigned', facts)
  }
  return { status: word.status, type: TEXT, body: `${word.why}\n` }
}

/** The log's own lines of the note at the end of a request, as they came. */
function logLines(body: string, keys: readonly Vkey[]): string {
  const note = parseNote(body.slice(body.indexOf('\n\n') + 2))
  const all = note.ok ? note.value.signatures : []
  return all
    .filter((one) => keys.some(({ name, keyId }) => name === one.name && keyId === one.keyId))
    .map(signatureLine)
    .join('')
}
