import { EnvelopeSchema } from '../record/record.ts'
import type { Result } from '../result.ts'
import { readerOf } from '../schema/reader.ts'
import { type BundleLine, envelopeAround, envelopeText, type LineOf, parseLine } from './bundle.ts'
import { type Digest, SectionTally } from './bundle-write.ts'
import { leafHash } from './merkle.ts'
import { utf8 } from './octets.ts'
import type { VerifyTools } from './verify-items.ts'
import type { Signed } from './verify-runs.ts'

/** What reading lines needs of the machine. */
export type LineTools = Pick<VerifyTools, 'sha256' | 'sha256hex' | 'base64'> & {
  readonly newDigest: () => Digest
}

/** A line of a bundle as far as it can be read by itself, and what of it was hashed. */
export type ReadLine =
  | { readonly kind: 'bad'; readonly why: string }
  | {
      readonly kind: 'record'
      readonly line: LineOf<'record'>
      /** Its hash as a leaf of the log. */
      readonly leaf: Uint8Array
      /** SHA-256 of its payload, hexadecimal. */
      readonly sha256: string
      /** Of its envelope; null: that is none. */
      readonly signatures: Signed['signatures'] | null
    }
  | { readonly kind: 'entry'; readonly line: LineOf<'entry'>; readonly leaf: Uint8Array }
  /** `sections`: those of all lines before it, as JSON. */
  | { readonly kind: 'end'; readonly line: LineOf<'end'>; readonly sections: string }
  | { readonly kind: 'other'; readonly line: Exclude<BundleLine, LeafOrEnd> }

type LeafOrEnd = LineOf<'record'> | LineOf<'entry'> | LineOf<'end'>

/**
 * Reads lines and hashes them: all that needs neither keys nor neighbours. Give it all lines of a
 * bundle, in their order.
 */
export class LineReader {
  readonly #tools: LineTools
  readonly #tally: SectionTally

  constructor(tools: LineTools) {
    this.#tools = tools
    this.#tally = new SectionTally(tools.newDigest)
  }

  read(text: string): ReadLine {
    const read = parseLine(text)
    if (!read.ok) return { kind: 'bad', why: read.error }
    const line = read.value
    if (line.kind === 'end') {
      return { kind: 'end', line, sections: JSON.stringify(this.#tally.sections()) }
    }
    this.#tally.add(line.kind, text)
    if (line.kind === 'entry') return { kind: 'entry', line, leaf: this.#leaf(line) }
    if (line.kind !== 'record') return { kind: 'other', line }
    const envelope = readEnvelope(envelopeAround(line))
    return {
      ...{ kind: 'record', line, leaf: this.#leaf(line) },
      sha256: this.#tools.sha256hex(utf8(line.payload)),
      signatures: envelope.ok ? envelope.value.signatures : null,
    }
  }

  #leaf(line: LineOf<'record'> | LineOf<'entry'>): Uint8Array {
    return leafHash(this.#tools, utf8(envelopeText(line, this.#tools.base64)))
  }
}

const readEnvelope: (value: unknown) => Result<Pick<Signed, 'signatures'>, string> =
  readerOf(EnvelopeSchema)
