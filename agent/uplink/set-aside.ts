import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { removeDurably, type writeDurably } from '../../shared/disk/durable.ts'
import type { Signer } from '../../shared/evidence/crypto.ts'
import { type Outgoing, outgoing } from './envelope.ts'

/** Records that the collector did not take, each with a note of what it said: a later build of it may. */
export class SetAside {
  readonly #folder: string
  readonly #isRecord: RegExp
  readonly #write: typeof writeDurably
  readonly #signer: Signer | null

  constructor(folder: string, isRecord: RegExp, write: typeof writeDurably, signer: Signer | null) {
    this.#folder = folder
    this.#isRecord = isRecord
    this.#write = write
    this.#signer = signer
  }

  /** Names of the records, oldest first. */
  get names(): readonly string[] {
    return readdirSync(this.#folder)
      .filter((name) => this.#isRecord.test(name))
      .sort()
  }

  note(name: string, why: string): void {
    try {
      this.#write(this.#folder, noteOf(name), Buffer.from(`${why}\n`))
    } catch {
      // The record itself matters more than the note beside it.
    }
  }

  /** A record as it is sent; undefined: it is no record any more. */
  read(name: string): Outgoing | undefined {
    const found = outgoing(readFileSync(join(this.#folder, name)), this.#signer)
    return found.ok ? found.value : undefined
  }

  /** Forgets a record that was acknowledged after all. */
  delivered(name: string): void {
    removeDurably(this.#folder, name)
    removeDurably(this.#folder, noteOf(name))
  }
}

function noteOf(name: string): string {
  return name.replace('.json', '.why.txt')
}
