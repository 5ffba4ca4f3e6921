import type { RunMeans } from './flow.ts'
import type { ClosedWindow, StreamEvent, StreamTarget } from './types.ts'

type State = Extract<StreamEvent, { readonly type: 'state' }>['state']

/**
 * Tells the owner of the worker what happens with one far end. Of borders of segments only their
 * windows are told: how the far end itself answers is what a person waits for.
 */
export class Teller {
  readonly #farEnd: StreamTarget['farEnd']
  readonly #dscp: number
  readonly #quiet: boolean
  readonly #emit: RunMeans['emit']

  constructor(target: Pick<StreamTarget, 'farEnd' | 'segment' | 'dscp'>, emit: RunMeans['emit']) {
    this.#farEnd = target.farEnd
    this.#dscp = target.dscp
    this.#quiet = target.segment !== undefined
    this.#emit = emit
  }

  state(state: State, detail: string): void {
    if (!this.#quiet) this.#emit({ type: 'state', farEnd: this.#farEnd, state, detail })
  }

  progress(sent: number, received: number, rttMs: number | null): void {
    if (this.#quiet) return
    const [farEnd, dscp] = [this.#farEnd, this.#dscp]
    this.#emit({ type: 'progress', farEnd, dscp, sent, received, rttMs })
  }

  /** The rows are handed over, not copied. */
  window(window: ClosedWindow): void {
    const buffers = window.streams.map(({ rows }) => rows.dueNs.buffer as ArrayBuffer)
    this.#emit({ type: 'window', window }, buffers)
  }
}
