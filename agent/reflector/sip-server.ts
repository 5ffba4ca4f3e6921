import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import { Fault } from '../../shared/errors.ts'
import { SIP_MAX, sipLength } from '../../shared/wire/sip.ts'
import { keyedHash } from '../engine/keyed-hash.ts'
import type { KnownKey } from './keys.ts'
import { type SipAsker, SipMirror } from './sip-mirror.ts'

/** Questions answered in a second, over both transports. */
const PER_SECOND = 200
const MOST_CONNECTIONS = 64
const LONGEST_CONNECTION_MS = 5000

export interface SipServer {
  readonly port: number
  setKeys(keys: readonly KnownKey[]): void
  close(): Promise<void>
}

/**
 * Mirrors SIP messages on UDP and TCP of one port (5060 where it is free), where gateways look for SIP.
 * @param port 0 lets the kernel choose
 * @throws Fault PORT_IN_USE or NOT_PERMITTED where the port is not to be had
 */
export async function startSipServer(
  address: string,
  port: number,
  keys: readonly KnownKey[],
): Promise<SipServer> {
  const mirror = new SipMirror<SipAsker>(keyedHash)
  mirror.setKeys(keys)
  const allowed = perSecond()
  const udp = createSocket(address.includes(':') ? 'udp6' : 'udp4')
  udp.on('message', (bytes, from) => {
    if (from.port < 1024 || !allowed()) return
    const answer = mirror.take(bytes, from, 0)
    if (typeof answer === 'object') udp.send(answer.bytes, from.port, from.address)
  })
  const open = new Set<Socket>()
  const tcp = createServer((socket) => welcome(socket, open, allowed, mirror))
  try {
    udp.bind({ address, port, exclusive: true })
    await once(udp, 'listening')
    tcp.listen(udp.address().port, address)
    await once(tcp, 'listening')
  } catch (error) {
    udp.close()
    throw sipFault(address, port, error)
  }
  udp.on('error', () => undefined)
  return {
    port: udp.address().port,
    setKeys: (next) => mirror.setKeys(next),
    close: async () => {
      for (const socket of open) socket.destroy()
      udp.close()
      await new Promise((resolve) => tcp.close(resolve))
    },
  }
}

/** Takes a connection in, within bounds. */
function welcome(
  socket: Socket,
  open: Set<Socket>,
  allowed: () => boolean,
  mirror: SipMirror<SipAsker>,
): void {
  if (open.size >= MOST_CONNECTIONS || !allowed()) {
    socket.destroy()
    return
  }
  open.add(socket)
  socket.once('close', () => open.delete(socket))
  serve(socket, mirror)
}

/** One message on one connection: read, answered or not, and closed. */
function serve(socket: Socket, mirror: SipMirror<SipAsker>): void {
  let got = Buffer.alloc(0)
  socket.on('error', () => socket.destroy())
  socket.setTimeout(LONGEST_CONNECTION_MS, () => socket.destroy())
  const late = setTimeout(() => socket.destroy(), LONGEST_CONNECTION_MS)
  socket.once('close', () => clearTimeout(late))
  socket.on('data', (part) => {
    got = Buffer.concat([got, part])
    const length = sipLength(got)
    if (length === undefined && got.length <= SIP_MAX) return
    const { remoteAddress = '', remotePort = 0 } = socket
    const from = { address: remoteAddress, port: remotePort }
    const answer = length === undefined ? 'silence' : mirror.take(got.subarray(0, length), from, 0)
    if (typeof answer === 'object') socket.end(answer.bytes)
    else socket.destroy()
  })
}

/** A bound on what is answered, so that nobody keeps this thread from its other work. */
function perSecond(): () => boolean {
  let second = 0
  let count = 0
  return () => {
    const now = Math.floor(performance.now() / 1000)
    if (now !== second) count = 0
    second = now
    count += 1
    return count <= PER_SECOND
  }
}

function sipFault(address: string, port: number, error: unknown): Fault {
  const { code = '', message } = error as NodeJS.ErrnoException
  const where = `SIP mirror ${address} port ${port}`
  if (code === 'EADDRINUSE') return new Fault('PORT_IN_USE', where, 'a free port', message)
  const repair = 'choose another address or port'
  return new Fault('NOT_PERMITTED', where, 'permission to bind it', message, repair)
}
