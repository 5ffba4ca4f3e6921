export interface Listening {
  /** Resolves when it was woken, at the signal, after the time, or at the end of listening. */
  readonly heard: Promise<void>
  readonly end: () => void
}

/** Agents that wait for work, and readers that wait for news of a run: woken by name. */
export class WaitingRoom {
  readonly #waiting = new Map<string, Set<() => void>>()

  /** Listens from now on, until it is woken by this name, at most `ms` and no longer than the signal lets it. */
  listen(name: string, ms: number, signal: AbortSignal): Listening {
    if (signal.aborted || ms <= 0) return { heard: Promise.resolve(), end: () => {} }
    let end = () => {}
    const heard = new Promise<void>((resolve) => {
      end = () => {
        clearTimeout(timer)
        signal.removeEventListener('abort', end)
        this.#remove(name, end)
        resolve()
      }
      const timer = setTimeout(end, ms)
      signal.addEventListener('abort', end, { once: true })
      const here = this.#waiting.get(name) ?? new Set()
      this.#waiting.set(name, here.add(end))
    })
    return { heard, end }
  }

  wake(name: string): void {
    for (const end of [...(this.#waiting.get(name) ?? [])]) end()
  }

  #remove(name: string, end: () => void): void {
    const here = this.#waiting.get(name)
    here?.delete(end)
    if (here?.size === 0) this.#waiting.delete(name)
  }
}
