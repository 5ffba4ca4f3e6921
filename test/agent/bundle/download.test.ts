import { createServer, type RequestListener } from 'node:http'
import { expect, onTestFinished, test } from 'vitest'
import { download } from '../../../agent/bundle/download.ts'

/** An address that answers like this. */
async function answering(listener: RequestListener): Promise<URL> {
  const server = createServer(listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const address = server.address()
  return new URL(`http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}/bundle`)
}

test('who is turned away for a moment asks again, with his token', async () => {
  const asked: (string | undefined)[] = []
  const url = await answering(({ headers }, reply) => {
    asked.push(headers.authorization)
    if (asked.length < 3) reply.writeHead(503, { 'retry-after': '0' }).end('{}')
    else reply.end('the bundle')
  })
  const told: string[] = []
  const patience = { waitMs: 60_000, tell: (text: string) => void told.push(text) }
  expect(String((await download(url, 'secret', patience)).body)).toBe('the bundle')
  expect(asked).toEqual(Array.from({ length: 3 }, () => 'Bearer secret'))
  expect(told).toHaveLength(2)
})

test('a collector that never answers is waited for as long as was said, and no longer', async () => {
  const url = await answering(() => {})
  await expect(download(url, null, { waitMs: 200 })).rejects.toThrow(
    /wanted an answer within 0 s, found none; give it longer with --wait/,
  )
})

test('one that told that it works, and then falls silent, is given up', async () => {
  const url = await answering((_, reply) => reply.writeProcessing())
  const told: string[] = []
  const patience = { waitMs: 60_000, silentMs: 100, tell: (text: string) => void told.push(text) }
  await expect(download(url, null, patience)).rejects.toThrow(/it fell silent for 0.1 s/)
  expect(told).toEqual(['the collector makes the bundle'])
})

test('half a bundle is none', async () => {
  const url = await answering((_, reply) => {
    reply.writeHead(200, { 'content-length': 1000 })
    reply.write('half', () => reply.destroy())
  })
  await expect(download(url, null, { waitMs: 60_000 })).rejects.toThrow(/wanted an answer, found/)
})

test('a place that moved is named', async () => {
  const url = await answering((_, reply) =>
    reply.writeHead(308, { location: 'https://elsewhere.example/' }).end(),
  )
  await expect(download(url, null, { waitMs: 60_000 })).rejects.toThrow(
    /status 308: it is at https:\/\/elsewhere\.example\//,
  )
})
