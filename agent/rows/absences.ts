import { type AbsenceCause, type AbsenceNote, frameOf, type RowsNote } from './frame.ts'

/** Causes that are remembered until the ring can be written to again. */
const MOST = 16
const NO_BODY = new Uint8Array()

/** What was not kept, until the ring itself can tell it; and whether rows are kept at the moment. */
export class Absences {
  readonly #onState: (cause: AbsenceCause | null, detail: string) => void
  #notes: AbsenceNote[] = []
  state: AbsenceCause | null = null

  constructor(onState: (cause: AbsenceCause | null, detail: string) => void) {
    this.#onState = onState
  }

  add({ from, to }: Pick<RowsNote, 'from' | 'to'>, cause: AbsenceCause, detail: string): void {
    const before = this.#notes.at(-1)
    if (before?.absent === cause) {
      const span = { from: Math.min(before.from, from), to: Math.max(before.to, to) }
      this.#notes[this.#notes.length - 1] = { ...before, ...span, windows: before.windows + 1 }
    } else {
      this.#notes = [...this.#notes.slice(1 - MOST), { absent: cause, windows: 1, from, to }]
    }
    this.#tell(cause, detail)
  }

  frames(): Buffer[] {
    return this.#notes.map((note) => frameOf(note, NO_BODY))
  }

  /** They stand in the ring: rows are kept again. */
  told(): void {
    this.#notes = []
    this.#tell(null, '')
  }

  #tell(cause: AbsenceCause | null, detail: string): void {
    if (cause === this.state) return
    this.state = cause
    this.#onState(cause, detail)
  }
}
