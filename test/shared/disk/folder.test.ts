import { chmodSync, existsSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { makeFolder } from '../../../shared/disk/folder.ts'
import { Fault } from '../../../shared/errors.ts'
import { run } from '../../support/program.ts'
import { temporaryDirectory } from '../../support/temporary.ts'

/** What is said of a folder that cannot be made. */
function refusalOf(folder: string): Fault {
  try {
    makeFolder(folder)
  } catch (error) {
    if (error instanceof Fault) return error
    throw error
  }
  throw new Error(`${folder} was made`)
}

const modeOf = (path: string) => statSync(path).mode & 0o777

test('a folder is made with all that are missing above it, for its owner alone where nothing else is said', () => {
  const base = temporaryDirectory()
  const [own, open] = [join(base, 'a/b/c'), join(base, 'd/e')]
  makeFolder(own)
  makeFolder(open, 0o755)
  expect([modeOf(own), modeOf(join(base, 'a/b')), modeOf(join(base, 'a'))]).toEqual([
    ...[0o700, 0o700, 0o700],
  ])
  expect(modeOf(open)).toBe(0o755)
})

test('one that is there is left as it is, through a link as well', () => {
  const base = temporaryDirectory()
  const there = join(base, 'there')
  makeFolder(there)
  chmodSync(there, 0o750)
  const link = join(base, 'link')
  symlinkSync(there, link)
  makeFolder(there)
  makeFolder(link)
  makeFolder(join(link, 'in'))
  expect(modeOf(there)).toBe(0o750)
  expect(existsSync(join(there, 'in'))).toBe(true)
})

test.each([
  ['a file', (path: string) => writeFileSync(path, '')],
  ['a link that leads nowhere', (path: string) => symlinkSync('nowhere', path)],
])('%s in the way is named, at the end of the way and within it', (_what, put) => {
  const path = join(temporaryDirectory(), 'data')
  put(path)
  for (const folder of [path, join(path, 'x', 'y')]) {
    const { message, code } = refusalOf(folder)
    expect(code).toBe('STORE')
    expect(message).toBe(
      `${folder}: wanted a folder, or room to make it, found something else at ${path}; ` +
        'move that away, or name another folder',
    )
  }
})

/** Of no collector: nobody is asked before there is a key. */
const LINE = `http://127.0.0.1:9#${'a'.repeat(16)}.${'b'.repeat(22)}`
/** A regression spins for ever within one call: so in processes, which the test's end kills. */
const BELOW = '/proc/voip-ready/x'
const NAMED: readonly (readonly [string, readonly string[]])[] = [
  ['collector --data', ['collector', '--listen', '127.0.0.1:0', '--data', BELOW]],
  ['collector tokens --data', ['collector', 'tokens', 'add', '--viewer', 'noc', '--data', BELOW]],
  ['reflector --keys', ['reflector', 'keys', 'add', 'leeds', '--keys', `${BELOW}/keys.json`]],
  ['agent enrol --state', ['agent', 'enrol', LINE, '--state', BELOW]],
  ['witness --state', ['witness', 'keys', '--name', 'acme.example/w1', '--state', BELOW]],
]

test.runIf(process.platform === 'linux').each(NAMED)(
  '%s where no folder can be: it says where, and what to name instead',
  async (_what, args) => {
    const { code, err } = await run(args)
    expect(err).toContain('found that /proc takes no folders (ENOENT); name a folder on a disk')
    expect(err).toContain(`${BELOW}: wanted a folder`)
    expect(code).toBe(4)
  },
)
