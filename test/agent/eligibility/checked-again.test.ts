import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { packBundle } from '../../../server/bundle/pack.ts'
import { outageWorld, told } from '../../support/eligibility-world.ts'
import { temporaryDirectory } from '../../support/temporary.ts'
import { makeVerifier } from '../../support/verifier.ts'

test('the command that a document gives does what it says it does, with one file, plain Node and no package', async () => {
  const world = outageWorld()
  const { found } = await told(world)
  const folder = temporaryDirectory()
  makeVerifier(folder)
  writeFileSync(join(folder, found.evidence.bundle.file), packBundle(world))
  const { command, exit, says } = found.chain.verify
  const shell = command.replace(/^node /, `"${process.execPath}" `)
  const again = spawnSync('/bin/sh', ['-c', shell], { cwd: folder, encoding: 'utf8', env: {} })
  expect([again.status, again.stderr]).toEqual([exit, ''])
  expect(again.stdout).toContain(says.split(':')[0])
  expect(again.stdout).toContain(found.evidence.bundle.sha256)
})
