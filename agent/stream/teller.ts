import type { RunMeans } from './flow.ts'
import type { ClosedWindow, StreamEvent, StreamTarget } from './types.ts'

type State = Extract<StreamEvent, { readonly type: 'state' }>['state']

/** Tells the owner of the worker what happens with one far end. */
export class Teller {
  readonly #farEnd: StreamTarget['farEnd']
  readonly #emit: RunMeans['emit']

  constructor(farEnd: StreamTarget['farEnd'], emit: RunMeans['emit']) {
    this.#farEnd = farEnd
    this.#emit = emit
  }

  state(state: State, detail: string): void {
    this.#emit({ type: 'state', farEnd: this.#farEnd, state, detail })
  }

  progress(sent: number, received: number, rttMs: number | null): void {
    this.#emit({ type: 'progress', farEnd: this.#farEnd, sent, received, rttMs })
  }

  /** The rows are handed over, not copied. */
  window(window: ClosedWindow): void {
    const buffers = window.streams.map(({ rows }) => rows.dueNs.buffer as ArrayBuffer)
    this.#emit({ type: 'window', window }, buffers)
  }
}
