import type { FastifyRequest } from 'fastify'
import type { Guard } from './access/guard.ts'
import { sourceOf } from './access/source.ts'

/** What one of many who ask may take of what there is for all. */
export interface ReaderLimits {
  /** Open connections of one address; null: three quarters of all that there may be. */
  readonly connectionsPerAddress: number | null
  /** Runs that one reader watches at the same time. */
  readonly watchersPerReader: number
  /** Bundles and reports that one reader has made, or reads, at the same time. */
  readonly jobsPerReader: number
}

export const USUAL_READER_LIMITS: ReaderLimits = {
  connectionsPerAddress: null,
  watchersPerReader: 32,
  jobsPerReader: 3,
}

/** What a reader is told who has all of his places. */
export const ALL_YOURS = 'as many of one reader as there may be (collector --jobs-per-reader)'

/** Who reads, as limits count it: an account, a token, or the address of who needs neither. */
export function readerKey(guard: Pick<Guard, 'readerOf'>, request: FastifyRequest): string {
  const { name } = guard.readerOf(request)
  return /^(user|token):/.test(name) ? name : sourceOf(request.ip)
}

/** Places of which each reader has so many. */
export class Shares {
  readonly #most: number
  readonly #taken = new Map<string, number>()

  constructor(most: number) {
    this.#most = most
  }

  /** Gives a place, and how to give it back; null: this reader has all of his. */
  take(reader: string): (() => void) | null {
    const taken = this.#taken.get(reader) ?? 0
    if (taken >= this.#most) return null
    this.#taken.set(reader, taken + 1)
    let left = false
    return () => {
      if (left) return
      left = true
      const rest = (this.#taken.get(reader) ?? 1) - 1
      if (rest === 0) this.#taken.delete(reader)
      else this.#taken.set(reader, rest)
    }
  }
}
