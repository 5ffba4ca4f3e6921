import { type Envelope, EnvelopeSchema, RECORD_PAYLOAD_TYPE } from '../../shared/record/record.ts'
import { ok, type Result, refuse } from '../../shared/result.ts'
import { checkBy } from './check.ts'
import type { IngestRefusal } from './refusals.ts'
import { parseStrictJson } from './strict-json.ts'

/** A DSSE envelope taken apart so that it can be put together again byte for byte. */
export interface OpenedEnvelope {
  readonly payload: Uint8Array
  readonly signatures: Envelope['signatures']
  /** The envelope's text without the base64 of its payload, and the character that this stood at. */
  readonly frame: string
  readonly frameAt: number
}

const QUOTE = 0x22
const HEAD = `{"payloadType":"${RECORD_PAYLOAD_TYPE}","payload":"`
const HEAD_BYTES = Buffer.from(HEAD)
/** Four signatures of the longest sort are shorter. */
const LONGEST_TAIL = 2000

const checkEnvelope = checkBy(EnvelopeSchema)

/**
 * Reads one DSSE envelope from the bytes as received.
 * @param bytes JSON text
 */
export function openEnvelope(bytes: Uint8Array): Result<OpenedEnvelope, IngestRefusal> {
  const usual = usualEnvelope(bytes)
  return usual === null ? anyEnvelope(bytes) : ok(usual)
}

/**
 * An envelope as agents write it, opened at its known places: most of it is one long string, which
 * need not be looked through for JSON. Null: written in another way, or wrong; see anyEnvelope.
 */
export function usualEnvelope(bytes: Uint8Array): OpenedEnvelope | null {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const start = HEAD_BYTES.length
  if (!text.subarray(0, start).equals(HEAD_BYTES)) return null
  const end = text.indexOf(QUOTE, start)
  if (end === -1 || text.length - end > LONGEST_TAIL) return null
  const base64 = text.toString('latin1', start, end)
  const payload = canonical(base64)
  if (payload === null) return null
  const frame = Buffer.concat([HEAD_BYTES, text.subarray(end)])
  const envelope = openFrame(frame)
  if (envelope === null || base64.length > LONGEST_PAYLOAD) return null
  return {
    ...{ payload, frame: frame.toString('utf8'), frameAt: start },
    signatures: envelope.signatures,
  }
}

const LONGEST_PAYLOAD = 65_000

function openFrame(frame: Uint8Array): Envelope | null {
  const parsed = parseStrictJson(frame, 'envelope')
  const envelope = parsed.ok ? checkEnvelope(parsed.value, 'envelope') : parsed
  return envelope.ok ? envelope.value : null
}

/** An envelope in any spelling, or the reason why it is none. */
export function anyEnvelope(bytes: Uint8Array): Result<OpenedEnvelope, IngestRefusal> {
  const outer = parseStrictJson(bytes, 'envelope')
  if (!outer.ok) return outer
  const envelope = checkEnvelope(outer.value, 'envelope')
  if (!envelope.ok) return envelope
  const { payload: base64, signatures } = envelope.value
  const text = Buffer.from(bytes).toString('utf8')
  const frameAt = text.indexOf(`"${base64}"`) + 1
  const payload = canonical(base64)
  if (payload === null || frameAt === 0) {
    return refuse({
      code: 'payload-encoding',
      where: 'envelope.payload',
      wanted: 'the one canonical base64 of its bytes',
      found: 'another spelling of them',
    })
  }
  const frame = text.slice(0, frameAt) + text.slice(frameAt + base64.length)
  return ok({ payload, signatures, frame, frameAt })
}

/**
 * The bytes of padded base64 (RFC 4648 section 4) in its one spelling; null for any other text. Node
 * skips what is foreign, so that too few bytes come out, and takes the characters of section 5 as well.
 */
function canonical(base64: string): Buffer | null {
  const bytes = Buffer.from(base64, 'base64')
  const pads = base64.endsWith('==') ? 2 : base64.endsWith('=') ? 1 : 0
  if (base64.length % 4 !== 0 || bytes.length !== (base64.length / 4) * 3 - pads) return null
  if (base64.includes('-') || base64.includes('_')) return null
  return isCanonical(base64) ? bytes : null
}

/** Padded base64 has one spelling only when the bits that the last character has to spare are 0. */
function isCanonical(base64: string): boolean {
  if (base64.endsWith('==')) return /[AQgw]==$/.test(base64.slice(-3))
  return !base64.endsWith('=') || /[AEIMQUYcgkosw048]=$/.test(base64.slice(-2))
}
