import { ok, type Result, refuse } from '../result.ts'
import type { EvidenceCrypto } from './crypto.ts'
import { HASH_OCTETS } from './merkle.ts'
import { type NoteRefusal, type OpenedNote, openNote } from './note.ts'
import { fromBase64, fromDecimal, toBase64 } from './octets.ts'
import { KEY_TYPE, type Vkey } from './vkey.ts'

/** The head of a log at one size (C2SP tlog-checkpoint), as it stands in the text of a note. */
export interface Checkpoint {
  readonly origin: string
  /** Leaves. */
  readonly size: number
  /** Root hash, 32 octets. */
  readonly root: Uint8Array
  /** Lines after the third: signed, and without meaning here. */
  readonly extensions?: readonly string[]
}

export interface OpenedCheckpoint extends OpenedNote {
  readonly checkpoint: Checkpoint
}

export type CheckpointRefusal = NoteRefusal | 'not-a-checkpoint' | 'not-by-the-log'

/** Text of the note: origin, size and root, a line each, and the extensions. */
export function formatCheckpoint({ origin, size, root, extensions = [] }: Checkpoint): string {
  return [origin, size, toBase64(root), ...extensions].map((line) => `${line}\n`).join('')
}

/** Reads the text of a checkpoint's note (not the note: see openCheckpoint). */
export function parseCheckpoint(text: string): Result<Checkpoint, 'not-a-checkpoint'> {
  const lines = text.split('\n')
  const end = lines.pop()
  const [origin = '', decimal = '', base64 = '', ...extensions] = lines
  const size = fromDecimal(decimal)
  const root = fromBase64(base64)
  if (end !== '' || origin === '' || size === null || root?.length !== HASH_OCTETS) {
    return refuse('not-a-checkpoint')
  }
  if (extensions.includes('')) return refuse('not-a-checkpoint')
  return ok({ origin, size, root, ...(extensions.length === 0 ? {} : { extensions }) })
}

/**
 * Opens a signed checkpoint. It counts only when one of the known keys that signed is the log's own:
 * of type `note`, and named as the origin.
 *
 * @param known the log's verifier key, and those of witnesses
 */
export function openCheckpoint(
  crypto: EvidenceCrypto,
  note: string,
  known: readonly Vkey[],
): Result<OpenedCheckpoint, CheckpointRefusal> {
  const opened = openNote(crypto, note, known)
  if (!opened.ok) return opened
  const checkpoint = parseCheckpoint(opened.value.text)
  if (!checkpoint.ok) return checkpoint
  const { origin } = checkpoint.value
  const byLog = opened.value.verified.some(
    ({ vkey }) => vkey.type === KEY_TYPE.note && vkey.name === origin,
  )
  return byLog ? ok({ ...opened.value, checkpoint: checkpoint.value }) : refuse('not-by-the-log')
}
