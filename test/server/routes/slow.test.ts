import { connect } from 'node:net'
import { expect, test } from 'vitest'
import { testCollector } from '../support/collector.ts'

test('a body that never ends is answered as the failing of its sender, not of the collector', async () => {
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
