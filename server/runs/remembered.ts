/** What many ask for at the same time, asked for once and good for a while. */
export class Remembered<T> {
  readonly #goodMs: number
  readonly #monotonicMs: () => number
  readonly #ask: () => Promise<T>
  #asked: Promise<T> | null = null
  #atMs = 0

  constructor(goodMs: number, monotonicMs: () => number, ask: () => Promise<T>) {
    this.#goodMs = goodMs
    this.#monotonicMs = monotonicMs
    this.#ask = ask
  }

  /** @throws what asking throws, which is not remembered */
  get(): Promise<T> {
    const nowMs = this.#monotonicMs()
    if (this.#asked === null || nowMs - this.#atMs >= this.#goodMs) {
      this.#atMs = nowMs
      const asked = this.#ask()
      this.#asked = asked
      asked.catch(() => {
        if (this.#asked === asked) this.#asked = null
      })
    }
    return this.#asked
  }
}
