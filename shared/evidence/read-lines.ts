import type { Result } from '../result.ts'
import { type BundleLine, envelopeText, type LineOf, parseLine } from './bundle.ts'
import { type Digest, SectionTally } from './bundle-write.ts'
import { leafHash } from './merkle.ts'
import { utf8 } from './octets.ts'
import type { VerifyTools } from './verify-items.ts'

/** What reading lines needs of the machine. */
export type LineTools = Pick<VerifyTools, 'sha256' | 'sha256hex' | 'base64' | 'pack'> & {
  readonly newDigest: () => Digest
}

/** A line of a bundle, as far as it can be read without any other, and what of it was hashed. */
export interface ReadLine {
  readonly line: Result<BundleLine, string>
  /** Of a record or an entry: its hash as a leaf of the log. */
  readonly leaf?: Uint8Array
  /** Of a record: SHA-256 of its payload, and where that payload is in the batch's `payloads`. */
  readonly record?: { readonly sha256: string; readonly from: number; readonly to: number }
  /** Of an end: the sections of all lines before it, as JSON. */
  readonly sections?: string
}

/** Lines that follow each other. */
export interface ReadBatch {
  readonly lines: readonly ReadLine[]
  /** The payloads of its records, one after the other, packed for whoever asks again. */
  readonly payloads: Uint8Array
}

/** So many lines are read together at most: what is packed is unpacked together as well. */
const MOST_LINES = 64

/**
 * Reads lines and hashes them: all that needs neither keys nor neighbours. So it may be done in a
 * thread of its own, ahead of whoever holds the lines against each other. Give it all lines of a
 * bundle, in their order.
 */
export class LineReader {
  readonly #tools: LineTools
  readonly #tally: SectionTally

  constructor(tools: LineTools) {
    this.#tools = tools
    this.#tally = new SectionTally(tools.newDigest)
  }

  read(texts: readonly string[]): ReadBatch {
    let payloads = ''
    const lines = texts.map((text): ReadLine => {
      const line = parseLine(text)
      if (!line.ok) return { line }
      const { value } = line
      if (value.kind === 'end') return { line, sections: JSON.stringify(this.#tally.sections()) }
      this.#tally.add(value.kind, text)
      if (value.kind === 'entry') return { line, leaf: this.#leaf(value) }
      if (value.kind !== 'record') return { line }
      const from = payloads.length
      payloads += value.payload
      const sha256 = this.#tools.sha256hex(utf8(value.payload))
      return { line, leaf: this.#leaf(value), record: { sha256, from, to: payloads.length } }
    })
    return { lines, payloads: this.#tools.pack(payloads) }
  }

  #leaf(line: LineOf<'record'> | LineOf<'entry'>): Uint8Array {
    return leafHash(this.#tools, utf8(envelopeText(line, this.#tools.base64)))
  }
}

/** Reads lines where they are needed, without a thread. */
export async function* readHere(
  lines: AsyncIterable<string>,
  tools: LineTools,
): AsyncGenerator<ReadBatch> {
  const reader = new LineReader(tools)
  let texts: string[] = []
  for await (const text of lines) {
    texts.push(text)
    if (texts.length < MOST_LINES) continue
    yield reader.read(texts)
    texts = []
  }
  if (texts.length > 0) yield reader.read(texts)
}
