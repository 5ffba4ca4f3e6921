import { test } from 'vitest'
import { findProgram, PACKAGES } from '../support/packages.mjs'

export interface Needs {
  readonly root?: boolean
  /** Programs of Debian packages; named in test/support/packages.mjs. */
  readonly programs?: readonly string[]
}

/** A test that needs more than Node: skipped loudly where that is not there, failed under CI. */
export function faultTest(
  name: string,
  needs: Needs,
  body: () => Promise<void>,
  timeoutMs = 300_000,
): void {
  const obstacle = obstacleTo(needs)
  if (obstacle === undefined) {
    test(name, body, timeoutMs)
  } else if (process.env.CI === 'true') {
    test(name, () => {
      throw new Error(`this must run in CI, but ${obstacle}`)
    })
  } else {
    console.warn(`SKIPPED ${name}: ${obstacle}`)
    test.skip(name, body)
  }
}

function obstacleTo({ root, programs = [] }: Needs): string | undefined {
  if (process.platform !== 'linux') return `it needs Linux, not ${process.platform}`
  if (root === true && process.getuid?.() !== 0) return 'it needs root'
  const missing = programs.find((program) => findProgram(program) === undefined)
  if (missing === undefined) return undefined
  const owner = PACKAGES.find((one) => one.programs.includes(missing))?.name ?? missing
  return `${missing} is missing: apt-get install ${owner}`
}
