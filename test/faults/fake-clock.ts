import { readdirSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { temporaryDirectory } from '../support/temporary.ts'

const LIBRARY = 'libfaketimeMT.so.1'

/**
 * A wall clock of its own for one process, by libfaketime: it can be moved while the process runs,
 * as an administrator or a broken time service would. Monotonic time is left alone, and so is what
 * the kernel itself stamps.
 */
export class FakeClock {
  readonly #file = join(temporaryDirectory(), 'offset')
  #offsetMs: number

  /** @param offsetMs fake minus true time at the start */
  constructor(offsetMs = 0) {
    this.#offsetMs = offsetMs
    this.#write()
  }

  /** For the process that shall live by this clock. */
  get env(): NodeJS.ProcessEnv {
    return {
      LD_PRELOAD: libraryPath(),
      FAKETIME_TIMESTAMP_FILE: this.#file,
      FAKETIME_NO_CACHE: '1',
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
    }
  }

  nowMs(): number {
    return Date.now() + this.#offsetMs
  }

  /** Steps the clock by so much, forwards or back. Holds at once. */
  jump(byMs: number): void {
    this.#offsetMs += byMs
    this.#write()
  }

  #write(): void {
    const seconds = this.#offsetMs / 1000
    writeFileSync(`${this.#file}.new`, `${seconds < 0 ? '' : '+'}${seconds.toFixed(3)}\n`)
    renameSync(`${this.#file}.new`, this.#file)
  }
}

function libraryPath(): string {
  for (const folder of readdirSync('/usr/lib')) {
    const path = join('/usr/lib', folder, 'faketime')
    try {
      if (readdirSync(path).includes(LIBRARY)) return join(path, LIBRARY)
    } catch {
      // not this architecture's folder
    }
  }
  throw new Error(`${LIBRARY} is not below /usr/lib: apt-get install faketime`)
}
