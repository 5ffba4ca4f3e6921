import { ok, type Result, refuse } from '../result.ts'
import { type Checkpoint, openCheckpoint, parseCheckpoint } from './checkpoint.ts'
import type { EvidenceCrypto } from './crypto.ts'
import { HASH_OCTETS } from './merkle.ts'
import { verifyConsistency } from './merkle-verify.ts'
import { parseNote } from './note.ts'
import { fromBase64, fromDecimal, sameOctets, toBase64 } from './octets.ts'
import type { Vkey } from './vkey.ts'

/** The body of `add-checkpoint` (C2SP tlog-witness): old size, consistency proof, checkpoint. */
export interface AddCheckpoint {
  /** Size of the checkpoint that the witness cosigned last, as the log takes it to be. */
  readonly oldSize: number
  readonly proof: readonly Uint8Array[]
  /** The signed note, byte for byte. */
  readonly note: string
}

/** No consistency proof is longer (C2SP tlog-witness). */
const MOST_HASHES = 63

export function formatAddCheckpoint({ oldSize, proof, note }: AddCheckpoint): string {
  return `${[`old ${oldSize}`, ...proof.map(toBase64)].join('\n')}\n\n${note}`
}

/** Takes a request apart; nothing is verified. */
export function parseAddCheckpoint(text: string): Result<AddCheckpoint, string> {
  const end = text.indexOf('\n\n')
  if (end < 0) return refuse('no empty line before the checkpoint')
  const [first = '', ...lines] = text.slice(0, end).split('\n')
  const oldSize = first.startsWith('old ') ? fromDecimal(first.slice(4)) : null
  if (oldSize === null) return refuse('the first line is not "old SIZE"')
  if (lines.length > MOST_HASHES) return refuse(`more than ${MOST_HASHES} hashes`)
  const proof = lines.flatMap((line) => {
    const hash = fromBase64(line)
    return hash?.length === HASH_OCTETS ? [hash] : []
  })
  if (proof.length !== lines.length) return refuse('a line of the proof is not 32 octets in base64')
  return ok({ oldSize, proof, note: text.slice(end + 2) })
}

/** What a witness knows: the logs that it watches, and what it cosigned last of each. */
export interface WitnessKnowledge {
  /** Keys of a log by its origin; none: the log is not known. */
  readonly keysOf: (origin: string) => readonly Vkey[]
  /** Null: nothing of this log was ever cosigned. */
  readonly lastOf: (origin: string) => Pick<Checkpoint, 'size' | 'root'> | null
}

export type WitnessWord =
  | {
      readonly status: 200
      readonly checkpoint: Checkpoint
      /** What is to be cosigned. */
      readonly text: string
    }
  | { readonly status: 409; readonly size: number; readonly why: string }
  | {
      readonly status: 422
      readonly why: string
      /** True: the log has signed two roots of one size. False: anybody could have sent a bad proof. */
      readonly proves: boolean
    }
  | { readonly status: 400 | 403 | 404; readonly why: string }

/** What a witness answers, by the rules of C2SP tlog-witness in their order. Nothing is changed by it. */
export function judgeAddCheckpoint(
  crypto: EvidenceCrypto,
  body: string,
  { keysOf, lastOf }: WitnessKnowledge,
): WitnessWord {
  const request = parseAddCheckpoint(body)
  if (!request.ok) return { status: 400, why: request.error }
  const { oldSize, proof, note } = request.value
  const parsed = parseNote(note)
  const head = parsed.ok ? parseCheckpoint(parsed.value.text) : null
  if (!parsed.ok || !head?.ok) return { status: 400, why: 'the checkpoint cannot be read' }
  const checkpoint = head.value
  const keys = keysOf(checkpoint.origin)
  if (keys.length === 0) return { status: 404, why: 'a log that is not known here' }
  const opened = openCheckpoint(crypto, note, keys)
  if (!opened.ok) return { status: 403, why: `not signed by the log (${opened.error})` }
  if (oldSize > checkpoint.size) {
    return { status: 400, why: `old size ${oldSize} is beyond the checkpoint's ${checkpoint.size}` }
  }
  const last = lastOf(checkpoint.origin)
  const size = last?.size ?? 0
  if (oldSize !== size)
    return { status: 409, size, why: `the last one cosigned has ${size} leaves` }
  const why = inconsistency(crypto, last, checkpoint, proof)
  if (why !== null) {
    const proves = last?.size === checkpoint.size && !sameOctets(last.root, checkpoint.root)
    return { status: 422, why, proves }
  }
  return { status: 200, checkpoint, text: opened.value.text }
}

/** Why a checkpoint does not continue the last one; null: it does. */
function inconsistency(
  crypto: EvidenceCrypto,
  last: Pick<Checkpoint, 'size' | 'root'> | null,
  { size, root }: Checkpoint,
  proof: readonly Uint8Array[],
): string | null {
  const empty = crypto.sha256(new Uint8Array())
  if (size === 0 && !sameOctets(root, empty)) return 'no leaves, and not the root of none'
  if (last === null || last.size === 0) return proof.length === 0 ? null : 'a proof from nothing'
  if (verifyConsistency(crypto, { from: last, to: { size, root }, proof })) return null
  return last.size === size && !sameOctets(last.root, root)
    ? `another history of ${size} leaves`
    : 'not shown to begin with what was cosigned'
}
