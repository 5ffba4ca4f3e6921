import { endOfInterval, startOfInterval } from '../intervals.ts'
import { EnvelopeSchema } from '../record/record.ts'
import type { Result } from '../result.ts'
import { readerOf } from '../schema/reader.ts'
import {
  type BundleLine,
  envelopeAround,
  envelopeText,
  type LineOf,
  LONGEST_TIME_MS,
  parseLine,
} from './bundle.ts'
import { SectionTally } from './bundle-write.ts'
import { utf8 } from './octets.ts'
import type { PayloadOctets } from './payload-octets.ts'
import { type Leaf, readLeaf } from './read-leaf.ts'
import type { VerifyTools } from './verify-items.ts'
import type { Signed } from './verify-runs.ts'

/** What reading lines needs of the machine. */
export type LineTools = Pick<
  VerifyTools,
  'sha256hex' | 'sha256ofText' | 'base64' | 'text' | 'isUtf8'
>

/** A line of a bundle as far as it can be read by itself, and what of it was hashed. */
export type ReadLine =
  | { readonly kind: 'bad'; readonly why: string }
  | (LeafLine & {
      readonly kind: 'record'
      /** SHA-256 of its payload, hexadecimal. */
      readonly sha256: string
      /** Of its envelope; null: that is none. */
      readonly signatures: Signed['signatures'] | null
    })
  | (LeafLine & {
      readonly kind: 'entry'
      /** As JSON has it, for its payload something else stands there; null: it is none. */
      readonly envelope: unknown
    })
  /** `sections`: those of all lines before it, as JSON. */
  | { readonly kind: 'end'; readonly line: LineOf<'end'>; readonly sections: string }
  | { readonly kind: 'other'; readonly line: Exclude<BundleLine, LeafOrEnd> }

type LeafOrEnd = LineOf<'record'> | LineOf<'entry'> | LineOf<'end'>

interface LeafLine extends Pick<Leaf, 'index' | 'place'> {
  /** Its hash as a leaf of the log. */
  readonly leaf: Uint8Array
}

/** Stands before what is hashed as a leaf (RFC 6962 section 2.1). */
const LEAF_PREFIX = '\u0000'

/**
 * Reads lines and hashes them: all that needs neither keys nor neighbours. Give it all lines of a
 * bundle, in their order.
 */
export class LineReader {
  readonly #tools: LineTools
  readonly #tally = new SectionTally()

  constructor(tools: LineTools) {
    this.#tools = tools
  }

  /** @param into where the payloads of leaves are put */
  read(octets: Uint8Array, into: PayloadOctets): ReadLine {
    if (!this.#tools.isUtf8(octets)) return { kind: 'bad', why: 'not UTF-8' }
    const found = readLeaf(octets, into)
    if (found === null) return this.#readText(this.#tools.text(octets), into)
    this.#tally.add(found.kind)
    return this.#leaf(found, into)
  }

  #readText(text: string, into: PayloadOctets): ReadLine {
    const read = parseLine(text)
    if (!read.ok) return { kind: 'bad', why: read.error }
    const line = read.value
    if (line.kind === 'end') {
      return { kind: 'end', line, sections: JSON.stringify(this.#tally.sections()) }
    }
    this.#tally.add(line.kind)
    if (line.kind === 'manifest') {
      if (line.to - line.from > LONGEST_TIME_MS) return { kind: 'bad', why: TOO_LONG }
      return { kind: 'other', line: inQuarters(line) }
    }
    if (line.kind !== 'record' && line.kind !== 'entry') return { kind: 'other', line }
    // Half a surrogate pair is no text, and what was signed cannot have held it.
    if (this.#tools.text(utf8(line.payload)) !== line.payload)
      return { kind: 'bad', why: 'no text' }
    return this.#leaf({ ...line, place: into.put(line.payload) }, into)
  }

  #leaf(read: Leaf, into: PayloadOctets): ReadLine {
    const { index, place } = read
    const payload = into.at(place)
    const text = LEAF_PREFIX + envelopeText(read, this.#tools.base64(payload))
    const leaf = this.#tools.sha256ofText(text)
    const envelope = envelopeAround(read)
    if (read.kind === 'entry') return { kind: 'entry', index, place, leaf, envelope }
    const whole = readEnvelope(envelope)
    return {
      ...{ kind: 'record', index, place, leaf },
      sha256: this.#tools.sha256hex(payload),
      signatures: whole.ok ? whole.value.signatures : null,
    }
  }
}

const TOO_LONG = `a bundle of more than ${LONGEST_TIME_MS / 86_400_000} days`

/** A bundle is of whole quarter hours: of one that is judged no part stands outside of its time. */
function inQuarters(manifest: LineOf<'manifest'>): LineOf<'manifest'> {
  const { from, to } = manifest
  return { ...manifest, from: startOfInterval(from), to: endOfInterval(to) }
}

const readEnvelope: (value: unknown) => Result<Pick<Signed, 'signatures'>, string> =
  readerOf(EnvelopeSchema)
