import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { expect, test } from 'vitest'
import { dnsClient } from '../../../agent/io/dns.ts'

const NAME = { name: 'server001.caas.local', type: 'A' } as const
const signal = new AbortController().signal

test('a server that this host cannot send to is unreachable, and ends nothing else', async () => {
  // Connecting to broadcast is refused by the system, as an address without a route is.
  const answer = await dnsClient({ timeoutMs: 2000 })(
    { ...NAME, server: '255.255.255.255' },
    signal,
  )
  expect(answer).toMatchObject({ outcome: 'unreachable', detail: 'EACCES' })
})

test('an IPv6 server is heard however its address is spelt', async () => {
  const server = createSocket('udp6')
  server.on('message', (question, from) => {
    const answer = Buffer.from(question)
    answer.writeUInt16BE(0x8583, 2) // an answer, with authority: there is no such name
    server.send(answer, from.port, from.address)
  })
  server.bind(0, '::1')
  await once(server, 'listening')
  try {
    const ask = dnsClient({ port: server.address().port, timeoutMs: 2000 })
    const answer = await ask({ ...NAME, server: '0:0:0:0:0:0:0:1' }, signal)
    expect(answer).toMatchObject({ outcome: 'nxdomain', ignored: 0 })
  } finally {
    server.close()
  }
})
