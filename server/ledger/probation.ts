import type { SeenCheck } from './seen-check.ts'
import { RECOVER, SigningRefused } from './signing.ts'

/** `found` names nobody: it is shown where no one has to say who he is. */
interface Contradiction {
  readonly found: string
  readonly by: string
}

/** What is noted, beside the key, of a log that goes on after a restore on the operator's word. */
export interface Restored {
  /** When the backup was made, as it says itself. */
  readonly at: string
  /** What spoke against going on, once it was heard. */
  readonly contradiction: Contradiction | null
}

export interface RestoredNote {
  readonly read: () => Restored | null
  /** Returns when it is on disk. */
  readonly write: (restored: Restored) => void
  readonly clear: () => void
}

/** Two minutes' records of every agent that is there. */
const LISTEN_MS = 150_000

/**
 * After a restore nothing is signed before agents had the time to say what they were shown; if one was
 * shown more, nothing is signed at all, also after a restart, until the operator begins another log.
 */
export class Probation {
  readonly #note: RestoredNote
  readonly #seen: Pick<SeenCheck, 'conflicts'>
  readonly #nowMs: () => number
  #sinceMs: number | null = null
  #passed = false

  constructor(note: RestoredNote, seen: Pick<SeenCheck, 'conflicts'>, nowMs: () => number) {
    this.#note = note
    this.#seen = seen
    this.#nowMs = nowMs
  }

  /** Whether the log may be signed now. @throws SigningRefused when an agent was shown another one */
  allows(): boolean {
    const restored = this.#passed ? null : this.#note.read()
    this.#passed = restored === null
    if (restored === null) return true
    const contradiction = restored.contradiction ?? this.#contradiction()
    if (contradiction !== null) {
      if (restored.contradiction === null) this.#note.write({ ...restored, contradiction })
      throw new SigningRefused(
        `${contradiction.found}: the backup of ${restored.at} is older than what was published`,
        `${RECOVER} (the note of the restore, beside the key, names the agent)`,
      )
    }
    this.#sinceMs ??= this.#nowMs()
    if (this.#nowMs() - this.#sinceMs < LISTEN_MS) return false
    this.#note.clear()
    this.#passed = true
    return true
  }

  #contradiction(): Contradiction | null {
    for (const { site, agent, what, size } of this.#seen.conflicts) {
      const by = `agent ${agent} of ${site}`
      const shown = `an agent says that it was shown ${size} leaves`
      if (what === 'beyond') return { by, found: `${shown}, and the log has fewer` }
      if (what === 'other_root') return { by, found: `${shown} of another history` }
    }
    return null
  }
}
