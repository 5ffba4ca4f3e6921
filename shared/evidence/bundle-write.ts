import { type BundleKind, type BundleLine, formatLine, type LineOf } from './bundle.ts'

/** Takes lines in the order of the format, and counts them. */
export class SectionTally {
  readonly #lines = new Map<BundleKind, number>()

  add(kind: BundleKind): void {
    this.#lines.set(kind, (this.#lines.get(kind) ?? 0) + 1)
  }

  /** What the end of a bundle states, in the order in which the kinds first came. */
  sections(): LineOf<'end'>['sections'] {
    return [...this.#lines].map(([kind, lines]) => ({ kind, lines }))
  }
}

/** The text of a bundle, line by line with newlines, its end added. */
export function* bundleText(lines: Iterable<BundleLine>): Generator<string> {
  const tally = new SectionTally()
  for (const line of lines) {
    tally.add(line.kind)
    yield `${formatLine(line)}\n`
  }
  yield `${formatLine({ kind: 'end', sections: tally.sections() })}\n`
}
