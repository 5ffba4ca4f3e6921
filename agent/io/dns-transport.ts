import { createSocket } from 'node:dgram'
import { createConnection, isIPv6 } from 'node:net'
import { deadline } from './deadline.ts'
import type { DnsReading } from './dns-message.ts'

/** One question on the wire, by UDP or TCP, and what came of it. */
export interface Exchange {
  readonly server: string
  readonly port: number
  readonly query: Uint8Array
  readonly timeoutMs: number
  readonly signal: AbortSignal
  readonly read: (bytes: Uint8Array) => DnsReading | 'ignore' | 'malformed'
}

export interface Exchanged {
  readonly reading: DnsReading | null
  readonly ignored: number
  readonly malformed: number
  /** Other addresses that sent something. */
  readonly strangers: readonly string[]
  /** What the system said; null when it was plain silence. */
  readonly error: string | null
}

/**
 * Sends the question once and waits for its answer; what is not the answer is counted and the wait
 * goes on. A connected socket hears ICMP errors and nobody else; an open one sees who answers from
 * another address.
 */
export function exchangeUdp(exchange: Exchange, connected: boolean): Promise<Exchanged> {
  const { server, port, query, timeoutMs, signal, read } = exchange
  return new Promise((resolve) => {
    const socket = createSocket(isIPv6(server) ? 'udp6' : 'udp4')
    const strangers = new Set<string>()
    let ignored = 0
    let malformed = 0
    const end = (reading: DnsReading | null, error: string | null = null) => {
      endWait()
      signal.removeEventListener('abort', stop)
      socket.removeAllListeners('message')
      socket.close()
      finish = () => {}
      resolve({ reading, ignored, malformed, strangers: [...strangers], error })
    }
    let finish = end
    const stop = () => finish(null)
    const endWait = deadline(timeoutMs, () => finish(null))
    signal.addEventListener('abort', stop, { once: true })
    socket.on('error', (error: NodeJS.ErrnoException) => finish(null, error.code ?? 'error'))
    socket.on('message', (bytes, from) => {
      // A connected socket hears its peer alone, however its IPv6 address was spelt.
      const stranger = !connected && (from.address !== server || from.port !== port)
      if (stranger && strangers.size < 4) strangers.add(from.address)
      const reading = stranger ? 'ignore' : read(bytes)
      if (reading === 'ignore') ignored++
      else if (reading === 'malformed') malformed++
      else finish(reading)
    })
    const sent = (error: Error | null) => {
      if (error !== null) finish(null, (error as NodeJS.ErrnoException).code ?? 'error')
    }
    if (signal.aborted) return finish(null)
    if (!connected) return socket.send(query, port, server, sent)
    // Without a route connecting fails: a callback would be called with that error, and as if connected.
    socket.once('connect', () => socket.send(query, sent)).connect(port, server)
  })
}

const MOST_TCP_BYTES = 65535 + 2

/** The same question by TCP (RFC 7766): two octets of length before each message. */
export function exchangeTcp(exchange: Exchange): Promise<Exchanged> {
  const { server, port, query, timeoutMs, signal, read } = exchange
  return new Promise((resolve) => {
    const socket = createConnection({ host: server, port })
    const nothing = { ignored: 0, strangers: [] }
    let bytes = Buffer.alloc(0)
    const end = (reading: DnsReading | null, malformed: number, error: string | null) => {
      endWait()
      signal.removeEventListener('abort', stop)
      socket.destroy()
      resolve({ ...nothing, reading, malformed, error })
    }
    const stop = () => end(null, 0, null)
    const endWait = deadline(timeoutMs, stop)
    signal.addEventListener('abort', stop, { once: true })
    if (signal.aborted) stop()
    socket.on('error', (error: NodeJS.ErrnoException) => end(null, 0, error.code ?? 'error'))
    socket.on('end', () => end(null, bytes.length > 0 ? 1 : 0, 'closed'))
    socket.on('connect', () => {
      const frame = Buffer.alloc(2 + query.length)
      frame.writeUInt16BE(query.length)
      frame.set(query, 2)
      socket.write(frame)
    })
    socket.on('data', (chunk) => {
      if (bytes.length < MOST_TCP_BYTES) bytes = Buffer.concat([bytes, chunk])
      if (bytes.length < 2) return
      const length = bytes.readUInt16BE(0)
      if (bytes.length < 2 + length) return
      const reading = read(bytes.subarray(2, 2 + length))
      // There is one question on this connection: anything but its answer is no answer.
      if (typeof reading === 'string' || reading.cut) end(null, 1, null)
      else end(reading, 0, null)
    })
  })
}
