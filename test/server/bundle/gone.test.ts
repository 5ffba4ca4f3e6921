import { readdirSync, readlinkSync } from 'node:fs'
import { createServer, connect as dial, type Socket } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import type { WorkerSetup } from '../../../server/store/thread/protocol.ts'
import { testCollector } from '../support/collector.ts'
import { envelope, MINUTE, record, START } from '../support/fixtures.ts'

/** What PostgreSQL says of a client that it lets in: AuthenticationOk, ReadyForQuery. */
const LET_IN = Buffer.from('520000000800000000' + '5a0000000549', 'hex')
const PATIENCE = { timeout: 40_000, interval: 20 }

/** A database that lets everybody in and answers no question: whoever reads from it is at it for a minute. */
async function silentDatabase() {
  const open = new Set<Socket>()
  let asked = 0
  const server = createServer((socket) => {
    open.add(socket)
    socket.on('close', () => open.delete(socket))
    socket.on('error', () => {})
    socket.once('data', () => {
      socket.write(LET_IN)
      socket.once('data', () => {
        asked += 1
      })
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    for (const socket of open) socket.destroy()
    server.close()
  })
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : 0
  const url = `postgres://nobody@127.0.0.1:${port}/nothing`
  const aside: WorkerSetup = { dialect: 'postgres', url, role: 'reader', nowMs: START }
  return { aside, asked: () => asked, open: () => open.size }
}

/** A collector on a real socket, whose threads of bundles and reports read from there. */
async function collectorOver(aside: WorkerSetup): Promise<{ readonly port: number }> {
  const made = await testCollector({ wrapStore: (store) => ({ ...store, aside }) })
  const { status } = await made.deliver(envelope(record(made.profileSha256)))
  expect(status).toBe(201)
  made.clock.nowMs = START + 16 * MINUTE
  const { port } = new URL(await made.app.listen({ host: '127.0.0.1', port: 0 }))
  return { port: Number(port) }
}

function ask(port: number, what: string): Socket {
  const to = new Date(START + 15 * MINUTE).toISOString()
  const path = `/api/v1/sites/leeds/${what}?from=${new Date(START).toISOString()}&to=${to}`
  const socket = dial(port, '127.0.0.1')
  socket.write(`GET ${path} HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\n\r\n`)
  onTestFinished(() => void socket.destroy())
  return socket
}

/** Files of bundles that this process has open; they have no name any more. */
const filesOpen = () =>
  readdirSync('/proc/self/fd').filter((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`).includes('/bundle-')
    } catch {
      return false
    }
  }).length

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
