import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import { findRows, readRows } from '../../agent/rows/read.ts'
import { MINUTE, ringIn, START, windowAt } from '../agent/rows/made.ts'
import { SEED } from '../support/seed.ts'
import { temporaryDirectory } from '../support/temporary.ts'
import { killAtRandom, type Victim } from './kill-at-random.ts'
import { faultTest } from './needs.ts'
import { SmallDisk } from './small-disk.ts'

const PROGRAM = fileURLToPath(new URL('run-ring.mjs', import.meta.url))
const ALWAYS = { from: 0, to: 8e15 }
/** From one life to the next; all of them are within the days that are kept. */
const APART = 600 * MINUTE

/** One life of a ring's writer, from its first window on; `written` grows by the digests that it promised. */
async function writer(folder: string, firstMs: number, written: string[]): Promise<Victim> {
  const child = spawn(process.execPath, [PROGRAM, JSON.stringify({ folder, firstMs })])
  onTestFinished(() => void child.kill('SIGKILL'))
  let out = ''
  child.stdout.setEncoding('utf8').on('data', (part: string) => {
    out += part
  })
  const ended = new Promise<number | null>((resolve) =>
    child.once('close', (code) => {
      written.push(...out.split('\n').filter((line) => line.length === 64))
      resolve(code)
    }),
  )
  await Promise.race([once(child.stdout, 'data'), ended])
  return { kill: (signal) => child.kill(signal), ended }
}

test('a ring whose process is killed at random instants keeps every window that it had written, whole', {
  timeout: 240_000,
}, async () => {
  const folder = temporaryDirectory()
  const written: string[] = []
  const plan = { rounds: 8, seed: SEED, lifeMs: [5, 500] } as const
  await killAtRandom((round) => writer(folder, START + round * APART, written), plan)
  const { ring } = ringIn(folder)
  await ring.close()
  const { kept, torn } = findRows(folder, ALWAYS)
  expect(written.length).toBeGreaterThan(8)
  expect(torn).toEqual([])
  expect(kept.filter((one) => !readRows(folder, one).ok)).toEqual([])
  expect(kept.map(({ note }) => note.sha256)).toEqual(expect.arrayContaining(written))
})

faultTest(
  'a ring on a disk that others fill gives up its own, says so, breaks nothing, and recovers',
  { root: true },
  async () => {
    const disk = SmallDisk.mount(8 << 20)
    const folder = `${disk.path}/rows`
    const { ring, clock, said } = ringIn(folder)
    let minute = 0
    const keep = async (windows: number) => {
      for (const end = minute + windows; minute < end; minute++) {
        const { note, bytes } = windowAt(START + minute * MINUTE, 500)
        clock.ms = note.to
        ring.offer(note, bytes)
        await ring.idle()
      }
    }
    await keep(40)
    expect(ring.state).toBeNull()
    disk.fill()
    await keep(20)
    expect(ring.state).toBe('disk-full')
    // All but what was being written made room, and still there was none.
    expect(findRows(folder, ALWAYS).kept.length).toBeLessThan(40)
    disk.free()
    await keep(20)
    expect(said).toEqual(['disk-full', null])
    const { kept, absent, torn } = findRows(folder, ALWAYS)
    expect(torn).toEqual([])
    expect(kept.every((one) => readRows(folder, one).ok)).toBe(true)
    expect(kept.at(-1)?.note.from).toBe(START + (minute - 1) * MINUTE)
    expect(absent.map((one) => one.absent)).toEqual(['disk-full'])
    expect(absent[0]?.windows).toBe(20)
    await ring.close()
  },
)
