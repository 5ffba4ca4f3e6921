import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { root } from './sources.ts'

/** Makes the verifier as one file, `verify.mjs`, in a folder of the test: others may make theirs meanwhile. */
export function makeVerifier(folder: string): void {
  const program = join(root, 'config', 'tools', 'verifier.mjs')
  const args = [program, join(folder, 'verify.mjs')]
  const { status, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' })
  if (status !== 0 || stderr !== '') throw new Error(`${args.join(' ')}: ${stderr}`)
}
