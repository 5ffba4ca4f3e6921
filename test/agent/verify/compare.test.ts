import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { runCompare } from '../../../agent/verify/compare.ts'
import { packBundle } from '../../../server/bundle/pack.ts'
import type { BundleLine } from '../../../shared/evidence/bundle.ts'
import { formatVkey } from '../../../shared/evidence/vkey.ts'
import { KEYS, worldLines } from '../../support/evidence-world.ts'
import { temporaryDirectory } from '../../support/temporary.ts'

async function compared(a: Uint8Array, b: Uint8Array) {
  const folder = temporaryDirectory()
  const files = [join(folder, 'a.bundle'), join(folder, 'b.bundle')] as const
  writeFileSync(files[0], a)
  writeFileSync(files[1], b)
  let text = ''
  const options = {
    ...{ agentKey: KEYS.agent.map(formatVkey), reflectorKey: KEYS.reflector.map(formatVkey) },
    ...{ logKey: KEYS.log.map(formatVkey), witnessKey: [] },
  }
  const exit = await runCompare(files, options, (more) => {
    text += more
  })
  return { exit, text }
}
const whole = packBundle(worldLines({ minutes: 16 }))

test('a bundle says the same as itself', async () => {
  const { exit, text } = await compared(whole, whole)
  expect(text).toContain('THE SAME\nthe log: one log, of 34 and 34 leaves')
  expect(text).toContain('2 quarter hours alike, 0 not')
  expect(exit).toBe(0)
})

test('of one log, the quarter hour that one of the two does not speak of differs, and that one alone', async () => {
  const shorter = worldLines({ minutes: 16 }).map(
    (line): BundleLine =>
      line.kind === 'manifest' ? { ...line, to: line.from + 15 * 60_000 } : line,
  )
  const { exit, text } = await compared(whole, packBundle(shorter))
  expect(text).toMatch(/A CANNOT SAY \(1 records.*\) {2}B nothing/)
  expect(text).toContain('1 quarter hours alike, 1 not')
  expect(exit).toBe(1)
})

test('an agent’s minute that never came to one of two logs is told, and that they are two', async () => {
  const shorter = worldLines({ minutes: 16, change: (one, minute) => (minute === 15 ? null : one) })
  const { exit, text } = await compared(whole, packBundle(shorter))
  expect(text).toContain('FORK')
  expect(text).toContain('1 quarter hours alike, 1 not')
  expect(text).toMatch(/A CANNOT SAY \(1 records.*\) {2}B CANNOT SAY \(0 records/)
  expect(exit).toBe(5)
})

test('a log that was written anew for one of the two is invalid', async () => {
  const other = packBundle(worldLines({ minutes: 16, hide: (minute) => minute === 5 }))
  const { exit, text } = await compared(whole, other)
  expect(text).toContain('cannot be compared: B is invalid')
  expect(text).toContain('only B: invalid fork')
  expect(exit).toBe(5)
})

test('a file that is no bundle, or was cut short, is invalid evidence and not a wrong usage', async () => {
  const cut = await compared(whole, whole.subarray(0, whole.length - 9))
  expect(cut.exit).toBe(5)
  expect(cut.text).toMatch(/^INVALID: .*b\.bundle: the file was changed/)
  const none = await compared(new Uint8Array(0), whole)
  expect(none.exit).toBe(5)
  expect(none.text).toMatch(/a\.bundle: the first line is not that of a bundle/)
})
