import { once } from 'node:events'
import { connect as dial, type Socket } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import type { Store } from '../../../server/store/store.ts'
import type { WorkerSetup } from '../../../server/store/thread/protocol.ts'
import { testCollector } from '../support/collector.ts'
import { envelope, MINUTE, record, START } from '../support/fixtures.ts'
import { filesOpen, silentDatabase } from './occupied.ts'

const PATIENCE = { timeout: 40_000, interval: 20 }

/** A collector on a real socket, whose threads of bundles and reports read from there. */
async function collectorOver(aside: WorkerSetup, jobsPerReader = 9) {
  const wrapStore = (store: Store) => ({ ...store, aside })
  const made = await testCollector({ wrapStore, readerLimits: { jobsPerReader } })
  const { status } = await made.deliver(envelope(record(made.profileSha256)))
  expect(status).toBe(201)
  made.clock.nowMs = START + 16 * MINUTE
  const { port } = new URL(await made.app.listen({ host: '127.0.0.1', port: 0 }))
  return { port: Number(port) }
}

function ask(port: number, what: string, from = '127.0.0.1'): Socket {
  const to = new Date(START + 15 * MINUTE).toISOString()
  const path = `/api/v1/sites/leeds/${what}?from=${new Date(START).toISOString()}&to=${to}`
  const socket = dial({ port, host: '127.0.0.1', localAddress: from })
  socket.write(`GET ${path} HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\n\r\n`)
  onTestFinished(() => void socket.destroy())
  return socket
}

test.each(['bundle', 'reports/readiness'])(
  'a client that goes away ends the thread of its %s, and the next one is served',
  async (what) => {
    const database = await silentDatabase()
    const { port } = await collectorOver(database.aside)
    const files = filesOpen()
    const own = what === 'bundle' ? 1 : 0
    const first = ask(port, what)
    await expect.poll(database.asked, PATIENCE).toBe(1)
    expect(filesOpen() - files).toBe(own)
    first.destroy()
    await expect.poll(database.open, PATIENCE).toBe(0)
    await expect.poll(filesOpen, PATIENCE).toBe(files)
    ask(port, what)
    await expect.poll(database.asked, PATIENCE).toBe(2)
  },
  90_000,
)

test('bundles are cut one at a time, a few wait, one more is told when to ask again', async () => {
  const database = await silentDatabase()
  const { port } = await collectorOver(database.aside)
  const told = ['', '', '', '', '']
  for (const n of told.keys()) {
    ask(port, 'bundle').on('data', (part) => {
      told[n] += String(part)
    })
  }
  const answered = () => told.filter((one) => one.includes('bundles-busy'))
  await expect.poll(answered, PATIENCE).toHaveLength(1)
  expect(answered()[0]).toMatch(/^HTTP\/1\.1 503 [\s\S]*\r\nretry-after: 30\r\n/i)
  await expect.poll(database.asked, PATIENCE).toBe(1)
  expect(told.filter((one) => one !== '')).toHaveLength(1)
}, 90_000)

test.each(['bundle', 'reports/readiness'])(
  'one reader does not take the place of all: of %s he has so many, and is told when to ask again',
  async (what) => {
    const database = await silentDatabase()
    const { port } = await collectorOver(database.aside, 1)
    const first = ask(port, what)
    await expect.poll(database.asked, PATIENCE).toBe(1)
    const answered = async (socket: Socket) => String(await once(socket, 'data'))
    const second = ask(port, what)
    expect(await answered(second)).toMatch(/^HTTP\/1\.1 503 [\s\S]*\r\nretry-after: \d+\r\n/i)
    const other = ask(port, what, '127.0.0.2')
    let told = ''
    other.on('data', (part) => {
      told += String(part)
    })
    first.destroy()
    // The other one's turn comes: he was in the line.
    await expect.poll(database.asked, PATIENCE).toBe(2)
    expect(told).toBe('')
    other.destroy()
    ask(port, what)
    await expect.poll(database.asked, PATIENCE).toBe(3)
  },
  90_000,
)
