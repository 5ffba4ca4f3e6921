import { ok, type Result, refuse } from '../result.ts'
import { verifyCosignature } from './cosignature.ts'
import type { EvidenceCrypto, Signer } from './crypto.ts'
import { fromBase64, joined, toBase64, toHex, utf8 } from './octets.ts'
import { isKeyName, KEY_TYPE, type Vkey, vkeyOf } from './vkey.ts'

/** Signed notes of C2SP signed-note: text, an empty line, and a line for each signature. */
export interface NoteSignature {
  readonly name: string
  /** Eight hexadecimal digits. */
  readonly keyId: string
  /** What follows the key id: 64 octets of Ed25519, or a cosignature. */
  readonly signature: Uint8Array
}

export interface Note {
  /** With its last newline: exactly what was signed. */
  readonly text: string
  readonly signatures: readonly NoteSignature[]
}

/** A signature that was verified. */
export interface Verified {
  readonly vkey: Vkey
  /** Seconds since 1970 that a cosignature states; null for other signatures. */
  readonly seconds: number | null
}

export interface OpenedNote {
  readonly text: string
  /** At least one, each key at most once. */
  readonly verified: readonly Verified[]
  /** By keys that were not given: nobody's word. */
  readonly unknown: readonly NoteSignature[]
}

export type NoteRefusal =
  /** Not a note at all. */
  | 'malformed'
  /** A key that is known is named, and the signature is not its own. */
  | 'bad-signature'
  /** No key that is known has signed. */
  | 'no-known-signature'

/** Longest note that is read, characters, and most signatures: a hostile one costs no more. */
const LONGEST_NOTE = 1_000_000
const MOST_SIGNATURES = 100
const SIGNATURE_LINE = /^— ([^ ]+) ([A-Za-z0-9+/]+={0,2})$/u
/** Key id and at least one octet. */
const SHORTEST_SIGNATURE = 5
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what a note must not hold
const FORBIDDEN = /[\u0000-\u0009\u000b-\u001f]|\p{Surrogate}/u

/** The text signed by each signer, in order. @throws TypeError when the text cannot be a note's */
export function signNote(
  crypto: Pick<EvidenceCrypto, 'sha256'>,
  text: string,
  signers: readonly Signer[],
): string {
  if (!isText(text)) throw new TypeError('a note is text that ends in a newline')
  const lines = signers.map((signer) => {
    const { name, keyId } = vkeyOf(crypto, signer)
    return signatureLine({ name, keyId, signature: signer.sign(utf8(text)) })
  })
  return `${text}\n${lines.join('')}`
}

/** One signature as its line, newline included. */
export function signatureLine({ name, keyId, signature }: NoteSignature): string {
  const id = Uint8Array.from([0, 2, 4, 6], (at) => Number.parseInt(keyId.slice(at, at + 2), 16))
  return `— ${name} ${toBase64(joined(id, signature))}\n`
}

/** Takes a note apart; nothing is verified. */
export function parseNote(note: string): Result<Note, 'malformed'> {
  if (note.length > LONGEST_NOTE || FORBIDDEN.test(note)) return refuse('malformed')
  const end = note.lastIndexOf('\n\n')
  const text = note.slice(0, end + 1)
  const lines = note.slice(end + 2)
  if (end < 0 || !isText(text)) return refuse('malformed')
  const signatures = parseSignatures(lines)
  return signatures.ok ? ok({ text, signatures: signatures.value }) : signatures
}

/** Reads signature lines, at least one, each with its newline: the answer of a witness is such. */
export function parseSignatures(lines: string): Result<NoteSignature[], 'malformed'> {
  if (!lines.endsWith('\n')) return refuse('malformed')
  const each = lines.slice(0, -1).split('\n')
  const signatures = each.slice(0, MOST_SIGNATURES).flatMap((line) => parseLine(line) ?? [])
  return signatures.length === each.length ? ok(signatures) : refuse('malformed')
}

/**
 * Opens a note with the keys that are trusted. Signatures by others are set aside, even when name or
 * id (not both) is that of a known key; one bad signature of a known key refuses the whole note.
 */
export function openNote(
  crypto: EvidenceCrypto,
  note: string,
  known: readonly Vkey[],
): Result<OpenedNote, NoteRefusal> {
  const parsed = parseNote(note)
  if (!parsed.ok) return parsed
  const { text, signatures } = parsed.value
  const verified: Verified[] = []
  const unknown: NoteSignature[] = []
  for (const given of signatures) {
    const vkey = known.find(({ name, keyId }) => name === given.name && keyId === given.keyId)
    if (vkey === undefined || !isVerifiable(vkey)) {
      unknown.push(given)
      continue
    }
    const found = verifySignature(crypto, vkey, text, given.signature)
    if (found === null) return refuse('bad-signature')
    if (!verified.some((other) => other.vkey === vkey)) verified.push(found)
  }
  if (verified.length === 0) return refuse('no-known-signature')
  return ok({ text, verified, unknown })
}

/** Null when the signature is not that of this text under this key. */
export function verifySignature(
  crypto: EvidenceCrypto,
  vkey: Vkey,
  text: string,
  signature: Uint8Array,
): Verified | null {
  if (vkey.type === KEY_TYPE.cosignature) {
    const seconds = verifyCosignature(crypto, vkey.publicKey, text, signature)
    return seconds === null ? null : { vkey, seconds }
  }
  const good = vkey.type === KEY_TYPE.note && crypto.verify(vkey.publicKey, utf8(text), signature)
  return good ? { vkey, seconds: null } : null
}

function isVerifiable({ type }: Vkey): boolean {
  return type === KEY_TYPE.note || type === KEY_TYPE.cosignature
}

function isText(text: string): boolean {
  return text.endsWith('\n') && !FORBIDDEN.test(text)
}

function parseLine(line: string): NoteSignature | null {
  const [, name = '', base64 = ''] = SIGNATURE_LINE.exec(line) ?? []
  const bytes = fromBase64(base64)
  if (!isKeyName(name) || bytes === null || bytes.length < SHORTEST_SIGNATURE) return null
  return { name, keyId: toHex(bytes.subarray(0, 4)), signature: bytes.subarray(4) }
}
