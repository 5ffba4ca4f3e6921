import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { bundleHead } from '../../../shared/evidence/bundle.ts'
import { temporaryDirectory } from '../../support/temporary.ts'
import { makeVerifier } from '../../support/verifier.ts'

/** A file of a few hundred kB from the other party, whose head fits what follows it. */
function bomb(octet: string, octets: number): string {
  const path = join(temporaryDirectory(), 'theirs.bundle')
  const body = gzipSync(Buffer.alloc(octets, octet))
  const sha256 = createHash('sha256').update(body).digest('hex')
  writeFileSync(path, Buffer.concat([Buffer.from(bundleHead(sha256)), body]))
  return path
}

test.each([
  ['one line longer than any may be', 'a', 80_000_000, /a line of more than \d+ octets/],
  ['lines without end', '\n', 1_000_000, /too many of these: the rest is not read/],
])('%s: invalid, told in words and few of them', (_, octet, octets, words) => {
  const folder = temporaryDirectory()
  makeVerifier(folder)
  const found = spawnSync(process.execPath, ['verify.mjs', bomb(octet, octets)], {
    cwd: folder,
    encoding: 'utf8',
    maxBuffer: 2 ** 22,
  })
  expect([found.status, found.error]).toEqual([5, undefined])
  expect(`${found.stdout}${found.stderr}`).toMatch(words)
  expect(found.stderr).not.toContain('    at ')
})
