import { joinedByCause } from '../../shared/measure/merge-gaps.ts'
import type { StreamGap } from './types.ts'

type Cause = StreamGap['cause']

const KEPT_MS = 3_600_000
/** Opening takes a few round trips; longer than this it was a failure to open. */
const USUAL_OPENING_MS = 2000

/** Times without a stream and their causes, in ms since 1970; windows ask for the part that is theirs. */
export class Gaps {
  #gaps: StreamGap[] = []
  /** The gap that has not ended. */
  #present: { readonly from: number; readonly cause: Cause } | undefined

  /** An empty or negative span is none. */
  add(from: number, to: number, cause: Cause): void {
    if (to <= from) return
    this.#gaps = this.#gaps.filter((gap) => gap.to > from - KEPT_MS)
    this.#gaps.push({ from, to, cause })
  }

  begin(from: number, cause: Cause): void {
    this.#present = { from, cause }
  }

  /** The present gap has another cause now; one that is new begins at `at`. */
  goesOn(at: number, cause: Cause): void {
    this.#present = { from: this.#present?.from ?? at, cause }
  }

  end(to: number): void {
    if (this.#present !== undefined) this.add(this.#present.from, to, causeUntil(this.#present, to))
    this.forget()
  }

  forget(): void {
    this.#present = undefined
  }

  /** The gaps inside [from, to), clipped to it, the present one included; those that go on alike as one. */
  within(from: number, to: number): StreamGap[] {
    const present = this.#present
    const all =
      present === undefined
        ? this.#gaps
        : [...this.#gaps, { from: present.from, to, cause: causeUntil(present, to) }]
    const inside = all.map((gap) => ({
      from: Math.max(gap.from, from),
      to: Math.min(gap.to, to),
      cause: gap.cause,
    }))
    return joinedByCause(inside)
  }
}

/** An opening that takes longer than usual is no longer the agent's start, but a session that is not to be had. */
function causeUntil(gap: { readonly from: number; readonly cause: Cause }, to: number): Cause {
  return gap.cause === 'agent-start' && to - gap.from > USUAL_OPENING_MS ? 'no-session' : gap.cause
}
