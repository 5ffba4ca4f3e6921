import { once } from 'node:events'
import { createServer } from 'node:net'
import { Worker } from 'node:worker_threads'
import { expect, onTestFinished, test } from 'vitest'
import { dialTcp } from '../../../agent/io/tcp.ts'
import { dialUdp } from '../../../agent/io/udp.ts'

const HERE = '127.0.0.1'
const TIMEOUT_MS = 300
const TIMES = { connectMs: TIMEOUT_MS, answerMs: 20 * TIMEOUT_MS }
/** This host is too busy to look, until long after what it waits for is late. */
const busy = (ms: number) => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms)

test('a handshake that came while this host was busy is no silence', async () => {
  // The kernel takes the connection, whoever is busy.
  const server = createServer().listen(0, HERE)
  onTestFinished(() => void server.close())
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' ? (address?.port ?? 0) : 0
  const dialled = dialTcp({ address: HERE, port }, null, TIMES)
  process.nextTick(() => busy(3 * TIMEOUT_MS))
  expect(await dialled).toMatchObject({ state: 'open' })
})

test('an answer of a program that is slower than its kernel is waited for', async () => {
  const server = createServer((socket) => {
    socket.on('error', () => {})
    socket.once('data', (asked) => setTimeout(() => socket.write(asked), 2 * TIMEOUT_MS))
  }).listen(0, HERE)
  onTestFinished(() => void server.close())
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' ? (address?.port ?? 0) : 0
  const exchange = { question: Buffer.from('who?'), accept: () => 'proven' as const }
  expect(await dialTcp({ address: HERE, port }, exchange, TIMES)).toMatchObject({ state: 'open' })
})

test('a datagram that came while this host was busy is an answer', async () => {
  const answerer = new Worker(
    `const { parentPort } = require('node:worker_threads')
    const socket = require('node:dgram').createSocket('udp4')
    socket.on('message', (octets, { port }) => {
      parentPort.postMessage('asked')
      setTimeout(() => socket.send(octets, port, '127.0.0.1'), ${TIMEOUT_MS / 3})
    })
    socket.bind(0, '127.0.0.1', () => parentPort.postMessage(socket.address().port))`,
    { eval: true },
  )
  onTestFinished(async () => void (await answerer.terminate()))
  const [port] = await once(answerer, 'message')
  answerer.once('message', () => busy(3 * TIMEOUT_MS))
  const exchange = { question: Buffer.from('who?'), accept: () => 'proven' as const }
  const reach = await dialUdp({ address: HERE, port }, exchange, [0], TIMEOUT_MS)
  expect(reach).toMatchObject({ state: 'open' })
})
