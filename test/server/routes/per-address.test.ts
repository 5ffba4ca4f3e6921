import { once } from 'node:events'
import { connect as dial, type Socket } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { testCollector } from '../support/collector.ts'

const MOST = 3
const TOLD = 32

async function listening() {
  const { app } = await testCollector({ readerLimits: { connectionsPerAddress: MOST } })
  const { port } = new URL(await app.listen({ host: '127.0.0.1', port: 0 }))
  const connect = async (localAddress = '127.0.0.1') => {
    const socket = dial({ port: Number(port), host: '127.0.0.1', localAddress })
    onTestFinished(() => void socket.destroy())
    await once(socket, 'connect')
    return socket
  }
  return { connect }
}

async function asked(socket: Socket, path = '/healthz'): Promise<string> {
  socket.write(`GET ${path} HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n`)
  return String(await once(socket, 'data'))
}

test('an address that has all of its connections is told when to come again; others are served', async () => {
  const { connect } = await listening()
  const [first] = [await connect(), await connect(), await connect()]
  const tooMany = await connect()
  const answer = await asked(tooMany)
  expect(answer).toMatch(/^HTTP\/1\.1 429 /)
  expect(answer).toMatch(/\r\nretry-after: 30\r\n/i)
  expect(answer).toMatch(/\r\nconnection: close\r\n/i)
  expect(answer).toContain('too-many-connections')
  await once(tooMany, 'close')
  // Who has one keeps it, and reads why.
  expect(await asked(first)).toMatch(/^HTTP\/1\.1 200 /)
  expect(await asked(first, '/readyz')).toContain('all 3 of 127.0.0.1 were in use')
  expect(await asked(await connect('127.0.0.2'))).toMatch(/^HTTP\/1\.1 200 /)
  first.destroy()
  await expect
    .poll(async () => (await asked(await connect())).slice(0, 12), { timeout: 10_000 })
    .toBe('HTTP/1.1 200')
})

test('those who are told are few, too: beyond them connections of the address are closed', async () => {
  const { connect } = await listening()
  const open = await Promise.all(Array.from({ length: MOST + TOLD }, () => connect()))
  const closed = await connect()
  await once(closed, 'close')
  expect(open.filter((one) => one.destroyed)).toEqual([])
})
