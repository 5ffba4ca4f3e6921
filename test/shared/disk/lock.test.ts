import { execFile } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { writeDurably, writeNewDurably } from '../../../shared/disk/durable.ts'
import { holderOf, lockDirectory } from '../../../shared/disk/lock.ts'
import { temporaryDirectory } from '../../support/temporary.ts'

/** No process has this number: it is above what any kernel gives out. */
const DEAD = '4194305 1'

test('a lock is held by one, says by whom, and is given back', () => {
  const folder = temporaryDirectory()
  const giveBack = lockDirectory(folder)
  expect(holderOf(folder)).toBe(process.pid)
  expect(() => lockDirectory(folder)).toThrow(`in use by process ${process.pid}`)
  expect(readdirSync(folder)).toEqual(['lock'])
  giveBack()
  expect(readdirSync(folder)).toEqual([])
  expect(holderOf(folder)).toBeUndefined()
})

test('what processes left that died with the lock, or while they took it over, is taken over', () => {
  const folder = temporaryDirectory()
  for (const name of ['lock', 'lock.taken', `lock.${process.pid}`])
    writeFileSync(join(folder, name), DEAD)
  lockDirectory(folder)
  expect(holderOf(folder)).toBe(process.pid)
  expect(readFileSync(join(folder, 'lock'), 'utf8')).toMatch(`${process.pid} `)
  expect(readdirSync(folder)).toEqual(['lock'])
})

test('a folder that cannot be written is told', () => {
  const folder = join(temporaryDirectory(), 'none')
  expect(() => lockDirectory(folder)).toThrow(/a folder that can be written.*ENOENT/)
})

test('of many processes that find a dead lock at one instant, one gets it', async () => {
  const parent = temporaryDirectory()
  const folders = Array.from({ length: 40 }, (_, at) => join(parent, `${at}`))
  for (const folder of folders) {
    mkdirSync(folder)
    writeFileSync(join(folder, 'lock'), DEAD)
  }
  const racer = join(import.meta.dirname, 'lock-racer.mjs')
  const args = [racer, `${Date.now() + 1000}`, '25', ...folders]
  const racers = Array.from({ length: 4 }, () => promisify(execFile)(process.execPath, args))
  const got = (await Promise.all(racers)).flatMap(({ stdout }) => JSON.parse(stdout) as number[])
  expect(got.toSorted((a, b) => a - b)).toEqual(folders.map((_, at) => at))
})

test('a file that is made once is never written over, and leaves nothing beside it', () => {
  const folder = temporaryDirectory()
  expect(writeNewDurably(folder, 'key', 'first')).toBe(true)
  expect(writeNewDurably(folder, 'key', 'second')).toBe(false)
  expect(readFileSync(join(folder, 'key'), 'utf8')).toBe('first')
  expect(readdirSync(folder)).toEqual(['key'])
  expect(() => writeNewDurably(join(folder, 'none'), 'key', '')).toThrow('ENOENT')
})

test.each([writeDurably, writeNewDurably])(
  'why a file was not written is told, and not what came of clearing up: %o',
  (write) => {
    const folder = join(temporaryDirectory(), 'file')
    writeFileSync(folder, '')
    expect(() => write(folder, 'key', 'first')).toThrow(/ENOTDIR.*open/)
  },
)
