import type { EgressWatch, Engine, Peer, Port } from '../engine/types.ts'

const LOOK_NS = 100e6
const GIVE_UP_NS = 2e9

/** The mark that left: watched at the driver where the host permits it, else what the socket was told. */
export class EgressProof {
  readonly #engine: Engine
  readonly #tos: number
  #watch: EgressWatch | null = null
  #seen: number | null = null
  #nextNs = Number.POSITIVE_INFINITY
  #untilNs = 0

  constructor(engine: Engine, tos: number) {
    this.#engine = engine
    this.#tos = tos
  }

  /** Watches the next departures; a proof once seen stands until the next beginning. */
  begin(port: Port, peer: Peer, nowNs: number): void {
    this.end()
    this.#watch = this.#engine.watchEgress(port, peer)
    this.#nextNs = this.#watch === null ? Number.POSITIVE_INFINITY : nowNs + LOOK_NS
    this.#untilNs = nowNs + GIVE_UP_NS
  }

  nextDue(): number {
    return this.#nextNs
  }

  tick(nowNs: number): void {
    if (nowNs < this.#nextNs) return
    this.#nextNs = nowNs + LOOK_NS
    const tos = this.#watch?.takeTos() ?? null
    if (tos !== null) this.#seen = tos
    if (tos !== null || nowNs > this.#untilNs) this.end()
  }

  end(): void {
    this.#watch?.close()
    this.#watch = null
    this.#nextNs = Number.POSITIVE_INFINITY
  }

  get proof(): 'watched' | 'socket-option' | 'none' {
    if (this.#seen !== null) return 'watched'
    return this.#engine.capabilities.setTos ? 'socket-option' : 'none'
  }

  get tos(): number | null {
    return this.#seen ?? (this.#engine.capabilities.setTos ? this.#tos : null)
  }
}
