import type { Engine } from '../engine/types.ts'

/** The engine's instants as milliseconds since 1970. */
export class WallMs {
  readonly #engine: Engine

  constructor(engine: Engine) {
    this.#engine = engine
  }

  /** Of a monotonic instant, nanoseconds. */
  at(monotonicNs: number): number {
    return this.of(monotonicNs + this.#engine.wallOffsetNs())
  }

  /** Of a wall instant, nanoseconds since the engine's base. */
  of(wallNs: number): number {
    return this.#engine.baseSeconds * 1000 + Math.round(wallNs / 1e6)
  }
}
