const MOST_RUNS = 64
const KEPT_MS = 120_000

/** Which questions came in, per run of a key: bounded, and forgotten after two minutes. */
export class Arrivals {
  readonly #runs = new Map<string, { readonly ports: Set<string>; atMs: number }>()
  readonly #nowMs: () => number

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs
  }

  note(keyId: string, run: string, proto: 'tcp' | 'udp', port: number): void {
    const name = `${keyId} ${run}`
    const known = this.#runs.get(name) ?? { ports: new Set<string>(), atMs: 0 }
    known.atMs = this.#nowMs()
    known.ports.add(`${proto} ${port}`)
    // Set again at the end: the map's order is then that of the newest question.
    this.#runs.delete(name)
    this.#runs.set(name, known)
    for (const [old, { atMs }] of this.#runs) {
      if (this.#runs.size <= MOST_RUNS && known.atMs - atMs < KEPT_MS) break
      this.#runs.delete(old)
    }
  }

  has(keyId: string, run: string, proto: 'tcp' | 'udp', port: number): boolean {
    return this.#runs.get(`${keyId} ${run}`)?.ports.has(`${proto} ${port}`) ?? false
  }
}
