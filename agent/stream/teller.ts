import type { RunMeans } from './flow.ts'
import type { Asked, ClosedWindow, StreamEvent, StreamTarget } from './types.ts'

type Told = Pick<StreamTarget, 'farEnd' | 'segment' | 'dscp' | 'address' | 'port'>
type State = Extract<StreamEvent, { readonly type: 'state' }>['state']

/**
 * Tells the owner of the worker what happens with one far end. Of borders of segments it is told apart:
 * how the far end itself answers is what a person waits for.
 */
export class Teller {
  readonly #target: Told
  readonly #emit: RunMeans['emit']

  constructor(target: Told, emit: RunMeans['emit']) {
    this.#target = target
    this.#emit = emit
  }

  state(state: State, detail: string): void {
    const { farEnd, segment, address, port } = this.#target
    if (segment === undefined) this.#emit({ type: 'state', farEnd, state, detail })
    else this.#emit({ type: 'border', farEnd, segment, address, port, state, detail })
  }

  /** It is asked in vain, since its answers come from elsewhere. */
  elsewhere(state: State, from: Asked): void {
    const { farEnd, segment, address, port } = this.#target
    const detail = `answers came from ${from.address} port ${from.port}`
    if (segment !== undefined) this.state(state, detail)
    else {
      const asked = `asked at ${address} port ${port}, ${detail}`
      this.#emit({ type: 'state', farEnd, state, detail: asked, answeredFrom: from })
    }
  }

  progress(sent: number, received: number, rttMs: number | null): void {
    const { farEnd, dscp, segment } = this.#target
    if (segment !== undefined) return
    this.#emit({ type: 'progress', farEnd, dscp, sent, received, rttMs })
  }

  /** The rows are handed over, not copied. */
  window(window: ClosedWindow): void {
    const buffers = window.streams.map(({ rows }) => rows.dueNs.buffer as ArrayBuffer)
    this.#emit({ type: 'window', window }, buffers)
  }
}
