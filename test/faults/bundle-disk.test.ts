import { expect, test, vi } from 'vitest'
import { filesOpen } from '../server/bundle/occupied.ts'
import { MINUTE, START } from '../server/support/fixtures.ts'
import { filled } from '../server/support/logged-world.ts'
import { temporaryDirectory } from '../support/temporary.ts'
import { SmallDisk } from './small-disk.ts'

const DISK = 512 * 1024
/** Over both ways: more than all places of the queue, and than all bundles that may wait to be read. */
const OFTEN = 5

test('a disk that is full, or fills meanwhile, refuses bundles in plain words and loses nothing by it', async () => {
  const directory = temporaryDirectory()
  const disk = SmallDisk.mount(DISK)
  // Where bundles are made when there is no data directory.
  vi.stubEnv('TMPDIR', disk.path)
  const { app } = await filled(31, { directory })
  vi.unstubAllEnvs()
  const iso = (minute: number) => new Date(START + minute * MINUTE).toISOString()
  const url = `/api/v1/sites/leeds/bundle?from=${iso(0)}&to=${iso(30)}`
  const get = () => app.inject({ method: 'GET', url, headers: { host: '127.0.0.1:8460' } })
  const files = filesOpen()
  const first = await get()
  expect(first.statusCode).toBe(200)
  // A file goes a moment after the last of it was sent.
  const closed = () => expect.poll(filesOpen).toBe(files)
  await closed()
  const [empty, size] = [disk.freeBytes, first.rawPayload.length]
  // Little is kept free for what is owed: a bundle may begin, and finds no room on its way.
  const least = 2 * Math.floor(DISK / 50)
  const begun = Math.ceil(least / 4096) * 4096
  expect(size).toBeGreaterThan(begun)
  for (const leave of [0, begun]) {
    disk.fill(leave)
    const free = disk.freeBytes
    for (let times = 0; times < OFTEN; times += 1) {
      const refused = await get()
      expect([refused.statusCode, refused.json().type]).toEqual([
        503,
        expect.stringContaining('bundle-too-much'),
      ])
      expect(refused.json().detail).toMatch(/disk space free|no space left/i)
    }
    expect([disk.freeBytes, filesOpen()]).toEqual([free, files])
    disk.free()
    const again = await get()
    expect(again.rawPayload.equals(first.rawPayload)).toBe(true)
    await closed()
  }
  expect(disk.freeBytes).toBe(empty)
}, 90_000)
