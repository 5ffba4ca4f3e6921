import { existsSync } from 'node:fs'
import { test } from 'vitest'
import { findProgram } from '../support/packages.mjs'
import { createLab, type Lab, type LabOptions } from './topology.ts'

/** Why there can be no lab here, or undefined. */
export function labObstacle(): string | undefined {
  if (process.platform !== 'linux')
    return `network namespaces are Linux only, not ${process.platform}`
  if (process.getuid?.() !== 0) return 'network namespaces need root'
  if (!existsSync('/dev/net/tun')) return 'there is no /dev/net/tun'
  const missing = ['ip', 'nft', 'tcpdump', 'setpriv'].filter((name) => !findProgram(name))
  return missing.length > 0 ? `programs are missing: ${missing.join(', ')}` : undefined
}

/** A test that needs a lab of its own kind: skipped loudly where none can be, failed under CI. */
export function labTest(name: string, body: () => Promise<void>, timeoutMs = 240_000): void {
  const obstacle = labObstacle()
  if (obstacle === undefined) {
    test(name, body, timeoutMs)
    return
  }
  if (process.env.CI === 'true') {
    test(name, () => {
      throw new Error(`this must run in CI, but ${obstacle}`)
    })
    return
  }
  console.warn(`SKIPPED ${name}: ${obstacle}`)
  test.skip(name, body)
}

export interface ScenarioOptions extends LabOptions {
  /** Default four minutes: a busy machine is slow, and no story is judged by that. */
  readonly timeoutMs?: number
}

type Body = (lab: Lab) => Promise<void>

/**
 * One story in a fresh lab whose link r2-r3 runs through an impairment router:
 *
 *   scenario('EF bleached at r2', async (lab) => { await lab.nft('r2', ...) ... })
 *   scenario('path change', { links: [...] }, async (lab) => { ... })
 *
 * The lab is gone afterwards. If the story fails, its logs, captures and truth stay, and the
 * error says where.
 */
export function scenario(name: string, body: Body): void
export function scenario(name: string, options: ScenarioOptions, body: Body): void
export function scenario(name: string, first: ScenarioOptions | Body, second?: Body): void {
  const options = typeof first === 'function' ? {} : first
  const body = typeof first === 'function' ? first : second!
  labTest(name, () => tell({ impaired: ['r2-r3'], ...options }, body), options.timeoutMs)
}

async function tell(options: LabOptions, body: Body): Promise<void> {
  const lab = await createLab(options)
  try {
    await body(lab)
  } catch (error) {
    lab.keep()
    if (error instanceof Error) error.message += `\nlogs and captures: ${lab.folder}`
    throw error
  } finally {
    await lab.destroy()
  }
}
