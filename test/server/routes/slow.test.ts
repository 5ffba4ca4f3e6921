import { connect } from 'node:net'
import { expect, test } from 'vitest'
import { testCollector } from '../support/collector.ts'
import { envelope, record } from '../support/fixtures.ts'

test.concurrent('a body that never ends is answered as the failing of its sender, not of the collector', async () => {
  const { app } = await testCollector()
  const { hostname, port } = new URL(await app.listen({ host: '127.0.0.1', port: 0 }))
  const socket = connect(Number(port), hostname)
  socket.write(
    'POST /api/v1/records HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n' +
      'content-length: 50000\r\nconnection: close\r\n\r\n{"payloadType"',
  )
  let text = ''
  for await (const part of socket) text += String(part)
  expect(text).toMatch(/^HTTP\/1\.1 408 /)
  expect(text).toContain('within 10 seconds')
}, 40_000)

test.concurrent('records that a store never says to have are answered, once, and are not acknowledged', async () => {
  let told = () => {}
  let late: Promise<void> | null = new Promise((resolve) => {
    told = resolve
  })
  const collector = await testCollector({
    wrapStore: (store) => ({
      ...store,
      append: async (rows) => {
        await late
        return store.append(rows)
      },
    }),
  })
  const text = envelope(record(collector.profileSha256))
  const answer = await collector.deliver(text)
  expect([answer.status, answer.body.type]).toEqual([503, 'urn:voip-ready:problem:timeout'])
  // The store comes round after all: nobody is answered twice, and the repeat finds the record there.
  told()
  late = null
  expect((await collector.deliver(text)).status).toBe(200)
}, 40_000)
