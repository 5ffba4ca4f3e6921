import { spawnSync } from 'node:child_process'
import { copyFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { packBundle } from '../../../server/bundle/pack.ts'
import { outageWorld, told } from '../../support/eligibility-world.ts'
import { root } from '../../support/sources.ts'
import { temporaryDirectory } from '../../support/temporary.ts'

test('the command that a document gives does what it says it does, with one file, plain Node and no package', async () => {
  const world = outageWorld()
  const { found } = await told(world)
  const made = spawnSync(process.execPath, [join(root, 'config', 'tools', 'verifier.mjs')])
  expect(String(made.stderr)).toBe('')
  const folder = temporaryDirectory()
  copyFileSync(join(root, 'dist', 'verify.mjs'), join(folder, 'verify.mjs'))
  writeFileSync(join(folder, found.evidence.bundle.file), packBundle(world))
  const { command, exit, says } = found.chain.verify
  const shell = command.replace(/^node /, `"${process.execPath}" `)
  const again = spawnSync('/bin/sh', ['-c', shell], { cwd: folder, encoding: 'utf8', env: {} })
  expect([again.status, again.stderr]).toEqual([exit, ''])
  expect(again.stdout).toContain(says.split(':')[0])
  expect(again.stdout).toContain(found.evidence.bundle.sha256)
})
