import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { openConnections } from '../../../agent/uplink/connections.ts'
import { posterOn } from '../../../agent/uplink/post.ts'

/** A collector that holds back its answers; what it has of connections now, and had in all. */
async function holding() {
  const held: ServerResponse[] = []
  let [now, all] = [0, 0]
  const server = createServer((request, response) => {
    request.resume().on('end', () => held.push(response))
  })
  server.on('connection', (socket) => {
    now += 1
    all += 1
    socket.on('close', () => {
      now -= 1
    })
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  const connections = await openConnections(new URL(`http://127.0.0.1:${port}/api/v1/records`))
  onTestFinished(() => connections.close())
  const next = async () => {
    await expect.poll(() => held.length).toBeGreaterThan(0)
    held.shift()?.end('{}')
  }
  return { ...{ next, poster: posterOn(connections, 10_000) }, now: () => now, all: () => all }
}

test('what comes one after the other goes over one connection', async () => {
  const { poster, next, all } = await holding()
  for (let n = 0; n < 5; n += 1) {
    const answer = poster.post(Buffer.from('{}'), null)
    await next()
    expect(await answer).toMatchObject({ kind: 'answered', status: 200 })
  }
  expect(all()).toBe(1)
})

test('a question and a record keep a connection each, and what a run needed beside them is not kept', async () => {
  const { poster, next, now, all } = await holding()
  const post = () => poster.post(Buffer.from('{}'), null)
  const three = [post(), post(), post()]
  await expect.poll(now).toBe(3)
  await Promise.all([next(), next(), next()])
  await Promise.all(three)
  await expect.poll(now).toBe(2)
  const two = [post(), post()]
  await Promise.all([next(), next()])
  await Promise.all(two)
  expect([now(), all()]).toEqual([2, 3])
})
