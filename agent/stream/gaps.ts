import type { StreamGap } from './types.ts'

const KEPT_MS = 3_600_000

/** Times without a stream and their causes; windows ask for the part that is theirs. */
export class Gaps {
  #gaps: StreamGap[] = []

  /** Milliseconds since 1970; an empty or negative span is none. */
  add(from: number, to: number, cause: StreamGap['cause']): void {
    if (to <= from) return
    this.#gaps = this.#gaps.filter((gap) => gap.to > from - KEPT_MS)
    this.#gaps.push({ from, to, cause })
  }

  /** The gaps inside [from, to), clipped to it. */
  within(from: number, to: number): StreamGap[] {
    return this.#gaps
      .filter((gap) => gap.from < to && gap.to > from)
      .map((gap) => ({
        from: Math.max(gap.from, from),
        to: Math.min(gap.to, to),
        cause: gap.cause,
      }))
  }
}
