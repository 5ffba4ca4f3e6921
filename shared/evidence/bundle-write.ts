import { type BundleKind, type BundleLine, formatLine } from './bundle.ts'

/** Folds octets into a hash, piece by piece. */
export interface Digest {
  readonly update: (line: string | Uint8Array) => void
  /** Lower-case hexadecimal. */
  readonly hex: () => string
}

/** Takes lines in the order of the format, and knows the digests of what it has seen. */
export class SectionTally {
  readonly #newDigest: () => Digest
  readonly #sections = new Map<BundleKind, { lines: number; readonly digest: Digest }>()

  constructor(newDigest: () => Digest) {
    this.#newDigest = newDigest
  }

  /** The line without its newline, as text or as its UTF-8. */
  add(kind: BundleKind, line: string | Uint8Array): void {
    let section = this.#sections.get(kind)
    if (section === undefined) {
      section = { lines: 0, digest: this.#newDigest() }
      this.#sections.set(kind, section)
    }
    section.lines += 1
    section.digest.update(line)
    section.digest.update('\n')
  }

  /** What the end of a bundle states, in the order in which the kinds first came. */
  sections(): { kind: string; lines: number; sha256: string }[] {
    return [...this.#sections].map(([kind, { lines, digest }]) => ({
      ...{ kind, lines },
      sha256: digest.hex(),
    }))
  }
}

/** The text of a bundle, line by line with newlines, its end added. */
export function* bundleText(
  lines: Iterable<BundleLine>,
  newDigest: () => Digest,
): Generator<string> {
  const tally = new SectionTally(newDigest)
  for (const line of lines) {
    const text = formatLine(line)
    tally.add(line.kind, text)
    yield `${text}\n`
  }
  yield `${formatLine({ kind: 'end', sections: tally.sections() })}\n`
}
