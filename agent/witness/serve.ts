import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Fault } from '../../shared/errors.ts'
import { fromUtf8 } from '../../shared/evidence/octets.ts'
import { bracketed } from '../../shared/host-text.ts'
import { TokenBucket } from '../reflector/token-bucket.ts'
import { addCheckpoint, type WitnessParts, type WitnessReply } from './witness.ts'

export interface RunningWitness {
  readonly url: string
  readonly stop: () => Promise<void>
}

/** Bounds on what strangers may cost. A request with 63 hashes and many cosignatures is below 16 kB. */
const MOST_OCTETS = 64 * 1024
const PER_SECOND = 20
const BURST = 100
const MOST_CONNECTIONS = 200
const TEXT = 'text/plain; charset=utf-8'
const MONITOR = /^\/([0-9a-f]{64})\/checkpoint$/

/**
 * Serves C2SP tlog-witness: `POST /add-checkpoint`, and `GET /<origin hash>/checkpoint` for monitors.
 * @throws Fault PORT_IN_USE, NOT_PERMITTED, UNREACHABLE
 */
export async function serveWitness(
  parts: WitnessParts,
  at: { readonly host: string; readonly port: number },
): Promise<RunningWitness> {
  const bucket = new TokenBucket(PER_SECOND, BURST, monotonicNs())
  const server = createServer((request, response) => {
    answer(parts, bucket, request).then(
      (reply) => send(response, reply),
      (error: Error) => {
        parts.log.error('a request could not be answered', { why: error.message })
        send(response, plain(500, 'not kept, so not cosigned'))
      },
    )
  })
  server.headersTimeout = 5_000
  server.requestTimeout = 10_000
  server.keepAliveTimeout = 90_000
  server.maxConnections = MOST_CONNECTIONS
  server.maxRequestsPerSocket = 0
  await listen(server, at)
  const { address, port } = server.address() as AddressInfo
  const host = bracketed(address)
  const stop = () =>
    new Promise<void>((done) => {
      server.close(() => done())
      server.closeIdleConnections()
    })
  return { url: `http://${host}:${port}`, stop }
}

async function answer(
  parts: WitnessParts,
  bucket: TokenBucket,
  request: IncomingMessage,
): Promise<WitnessReply & { readonly headers?: Record<string, string> }> {
  const path = (request.url ?? '').split('?')[0] ?? ''
  const adds = path === '/add-checkpoint'
  const monitored = MONITOR.exec(path)?.[1]
  if (!adds && monitored === undefined) return plain(404, 'there is no such thing here')
  const wanted = adds ? ['POST'] : ['GET', 'HEAD']
  if (!wanted.includes(request.method ?? '')) {
    return { ...plain(405, `wanted ${wanted[0]}`), headers: { allow: wanted.join(', ') } }
  }
  if (!bucket.take(monotonicNs())) {
    return { ...plain(429, 'too many requests'), headers: { 'retry-after': '1' } }
  }
  if (monitored !== undefined) {
    const cosigned = parts.book.byHash(monitored)
    if (cosigned === null) return plain(404, 'nothing of this log was cosigned')
    return { ...plain(200, ''), body: cosigned.note, headers: { 'cache-control': 'max-age=5' } }
  }
  const octets = await read(request)
  if (octets === null) return plain(413, `more than ${MOST_OCTETS} octets`)
  const body = fromUtf8(octets)
  return body === null ? plain(400, 'not UTF-8') : addCheckpoint(parts, body)
}

/** Null when there is more than may be. */
async function read(request: IncomingMessage): Promise<Uint8Array | null> {
  const parts: Buffer[] = []
  let octets = 0
  for await (const part of request as AsyncIterable<Buffer>) {
    octets += part.length
    if (octets > MOST_OCTETS) return null
    parts.push(part)
  }
  return Buffer.concat(parts)
}

function send(
  response: ServerResponse,
  reply: WitnessReply & { readonly headers?: Record<string, string> },
): void {
  const { status, type, body, headers = {} } = reply
  // What was not read to its end leaves the connection of no use.
  const ended = status === 413 ? { connection: 'close' } : {}
  response.writeHead(status, { ...headers, ...ended, 'content-type': type }).end(body)
}

const plain = (status: number, text: string): WitnessReply => ({
  status,
  type: TEXT,
  body: `${text}\n`,
})
const monotonicNs = () => Number(process.hrtime.bigint())

const LISTEN_REPAIRS: { readonly [code: string]: string } = {
  EADDRNOTAVAIL: 'name an address of this host, or 0.0.0.0 for all of them',
  ENOTFOUND: 'name an address of this host; the name does not resolve',
  EACCES: 'choose a port of 1024 or above, or grant CAP_NET_BIND_SERVICE',
}

function listen(server: Server, { host, port }: { host: string; port: number }): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const code = error.code === 'EADDRINUSE' ? 'PORT_IN_USE' : 'NOT_PERMITTED'
      const repair = LISTEN_REPAIRS[error.code ?? '']
      const where = `--listen ${bracketed(host)}:${port}`
      reject(new Fault(code, where, 'an address to listen on', error.code ?? '', repair))
    })
    server.listen(port, host, resolve)
  })
}
