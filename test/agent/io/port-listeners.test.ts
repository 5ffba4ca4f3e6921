import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { openPortListeners } from '../../../agent/io/port-listeners.ts'
import { PROOF_BYTES } from '../../../shared/wire/port-proof.ts'
import { freePort } from '../../support/free-port.ts'

const HERE = '127.0.0.1'
const MOST = 512

async function connected(port: number, asks = false): Promise<Socket> {
  const socket = connect({ host: HERE, port })
  socket.on('error', () => {})
  onTestFinished(() => void socket.destroy())
  await once(socket, 'connect')
  if (!asks) socket.resume()
  return socket
}

test('strangers who hold every connection and say nothing keep nobody out: each newcomer takes the oldest one’s place', async () => {
  const port = await freePort()
  const listeners = await openPortListeners([HERE], [{ proto: 'tcp', port }], (said) => said)
  onTestFinished(() => listeners.close())
  const silent: Socket[] = []
  for (let n = 0; n < MOST; n += 1) silent.push(await connected(port))
  const closed = new Set<Socket>()
  for (const one of silent) one.once('close', () => closed.add(one))
  // All at once, so that several come before the first is told closed.
  await Promise.all(Array.from({ length: 20 }, () => connected(port)))
  await expect.poll(() => closed.size).toBe(20)
  expect(silent.map((one) => closed.has(one))).toEqual(silent.map((_, at) => at < 20))
  const honest = await connected(port, true)
  honest.write(Buffer.alloc(PROOF_BYTES, 7))
  const [answer] = (await once(honest, 'data')) as [Buffer]
  expect(answer.equals(Buffer.alloc(PROOF_BYTES, 7))).toBe(true)
})
