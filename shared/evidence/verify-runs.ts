import type { Vkey } from './vkey.ts'

/** Something signed that names what its signer signed just before it, by that payload's SHA-256. */
export interface Signed {
  /** Its octets: few are ever looked at again. */
  readonly payload: () => Uint8Array
  readonly sha256: string
  /** SHA-256 of the payload before it; null or absent: it names none. */
  readonly previous: string | null | undefined
  readonly keys: readonly Vkey[]
  readonly signatures: readonly { readonly keyid: string; readonly sig: string }[]
  /** Called once: by its own signature or by that of one after it, or by none. */
  readonly settled: (proven: boolean) => void
}

/** So many may wait for the signature of the last of them. */
const LONGEST_RUN = 64

/**
 * Settles what is signed in chains. Who signs a payload that holds the SHA-256 of the one before has
 * signed that one as well, and what it names in turn: one good signature proves the whole run before
 * it. Where that signature is bad, or the chain breaks, each one is held against its own.
 */
export class SignedRuns {
  readonly #holds: (one: Signed) => boolean
  readonly #waiting = new Map<string, Signed[]>()

  /** @param holds true when one of its keys made one of its signatures */
  constructor(holds: (one: Signed) => boolean) {
    this.#holds = holds
  }

  /** @param chain whose: what follows each other under one name may name each other */
  add(chain: string, one: Signed): void {
    let run = this.#waiting.get(chain)
    if (run === undefined) {
      run = []
      this.#waiting.set(chain, run)
    }
    const last = run.at(-1)
    if (last !== undefined && last.sha256 !== one.previous) this.#settle(run.splice(0))
    run.push(one)
    if (run.length >= LONGEST_RUN) this.#settle(run.splice(0))
  }

  /** Settles all that still wait. */
  finish(): void {
    for (const run of this.#waiting.values()) this.#settle(run.splice(0))
  }

  #settle(run: readonly Signed[]): void {
    let proven = false
    for (const one of [...run].reverse()) {
      proven ||= this.#holds(one)
      one.settled(proven)
    }
  }
}
