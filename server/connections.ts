import type { Server } from 'node:net'
import type { Reason } from './readiness.ts'

/** Files that no connection may have: the database's, the log's and its keys', those of bundles. */
const OWN_FILES = 128
/** So long after the last one that was turned away it is still something to be seen to. */
const TOLD_MS = 10 * 60_000

/** How many connections leave the collector its own files; null: no bound on files is known. */
export function mostConnections(files: number | null): number | null {
  return files === null ? null : files - Math.min(OWN_FILES, Math.floor(files / 2))
}

/**
 * A listener's connections, bounded so that strangers cannot take the files that evidence is written
 * to. Those beyond are closed as they come; whoever has one keeps it.
 */
export class Connections {
  readonly #most: number | null
  readonly #nowMs: () => number
  #server: Server | null = null
  #lastMs = Number.NEGATIVE_INFINITY
  /** Turned away since the start. */
  refused = 0

  constructor(files: number | null, nowMs: () => number) {
    this.#most = mostConnections(files)
    this.#nowMs = nowMs
  }

  /** @param onFull called when they are turned away, once in ten minutes */
  bound(server: Server, onFull: (reason: Reason) => void): void {
    this.#server = server
    if (this.#most === null || !Number.isFinite(this.#most)) return
    server.maxConnections = this.#most
    let toldMs = Number.NEGATIVE_INFINITY
    server.on('drop', () => {
      this.refused += 1
      this.#lastMs = this.#nowMs()
      if (this.#lastMs - toldMs < TOLD_MS) return
      toldMs = this.#lastMs
      onFull(this.#reason())
    })
  }

  open(): Promise<number> {
    return new Promise((resolve, reject) => {
      if (this.#server === null) return resolve(0)
      this.#server.getConnections((error, count) => (error ? reject(error) : resolve(count)))
    })
  }

  /** Null: none was turned away of late. */
  warning(): Reason | null {
    return this.#nowMs() - this.#lastMs > TOLD_MS ? null : this.#reason()
  }

  #reason(): Reason {
    const found = `all ${this.#most} were in use; closed since the start: ${this.refused}`
    const repair = 'see who connects; if agents do, raise the limit of open files (LimitNOFILE)'
    return { what: 'connections', found, repair }
  }
}
