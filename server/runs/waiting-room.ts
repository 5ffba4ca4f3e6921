/** Agents that wait for work, and readers that wait for news of a run: woken by name. */
export class WaitingRoom {
  readonly #waiting = new Map<string, Set<() => void>>()

  /** Resolves when woken by this name, at the signal, or after the time; whichever comes first. */
  wait(name: string, ms: number, signal: AbortSignal): Promise<void> {
    if (signal.aborted || ms <= 0) return Promise.resolve()
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer)
        signal.removeEventListener('abort', done)
        this.#remove(name, done)
        resolve()
      }
      const timer = setTimeout(done, ms)
      signal.addEventListener('abort', done, { once: true })
      const here = this.#waiting.get(name) ?? new Set()
      this.#waiting.set(name, here.add(done))
    })
  }

  wake(name: string): void {
    for (const done of [...(this.#waiting.get(name) ?? [])]) done()
  }

  wakeAll(): void {
    for (const name of [...this.#waiting.keys()]) this.wake(name)
  }

  #remove(name: string, done: () => void): void {
    const here = this.#waiting.get(name)
    here?.delete(done)
    if (here?.size === 0) this.#waiting.delete(name)
  }
}
