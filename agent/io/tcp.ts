import { Socket, type SocketConstructorOpts } from 'node:net'
import { performance } from 'node:perf_hooks'
import { isLocalTrouble, watchedSocket } from './error-queue.ts'
import { type DialTarget, type Exchange, icmpText, type Reach, reachOf } from './reach.ts'

/** Octets read of an answer before it is called foreign. */
const MOST_OCTETS = 4096

/**
 * Opens one TCP connection and, with an exchange, asks who answers. Silence for `timeoutMs` is
 * `filtered`; a handshake whose answer is missing or foreign is `intercepted`. Without an exchange
 * the handshake alone is `open`. Nothing is thrown for what the network does.
 */
export function dialTcp(
  target: DialTarget,
  exchange: Exchange | null,
  timeoutMs: number,
): Promise<Reach> {
  const watched = watchedSocket('tcp', target.address, target.local)
  // `manualStart` keeps Node from reading before the connection is there.
  const given = watched === null ? {} : { fd: watched.fd, manualStart: true }
  const socket = new Socket(given as SocketConstructorOpts)
  const started = performance.now()
  return new Promise((resolve) => {
    let connected = false
    let heard = Buffer.alloc(0)
    const end = (state: Reach['state'], cause = '', code: number | null = null): void => {
      clearTimeout(timer)
      resolve(reachOf(state, performance.now() - started, cause, code))
      socket.destroy()
      watched?.release()
    }
    const late = (): void => {
      if (connected) end('intercepted', 'handshake, but no answer to our question')
      else end('filtered', 'no answer')
    }
    let timer = setTimeout(late, timeoutMs)
    socket.on('error', (error: NodeJS.ErrnoException) => {
      if (connected) return end('intercepted', `handshake, then ${error.code}`)
      const icmp = watched?.cause() ?? null
      if (icmp !== null) return end('unreachable', icmpText(icmp), icmp.code)
      end(...failure(error.code))
    })
    socket.on('connect', () => {
      connected = true
      if (exchange === null) return end('open')
      clearTimeout(timer)
      timer = setTimeout(late, timeoutMs)
      socket.write(exchange.question)
    })
    socket.on('data', (part) => {
      heard = Buffer.concat([heard, part])
      const said = exchange?.accept(heard) ?? 'more'
      if (said === 'proven') return end('open')
      if (said !== 'more') return end('intercepted', said.wrong)
      if (heard.length > MOST_OCTETS) end('intercepted', 'another voice answered')
    })
    socket.on('close', () => {
      if (connected) end('intercepted', 'handshake, then closed without an answer')
      else end('not-tried', 'closed')
    })
    const { address: host, port, local } = target
    const from = watched === null && local !== undefined ? { localAddress: local } : {}
    socket.connect({ host, port, ...from })
  })
}

/** What Node's error code alone says; on Linux ICMP was asked before. */
function failure(code: string | undefined): [Reach['state'], string] {
  if (code === 'ECONNREFUSED') return ['refused', '']
  if (code === 'ECONNRESET') return ['refused', 'reset']
  if (code === 'ETIMEDOUT') return ['filtered', 'no answer']
  if (code === 'EACCES' || code === 'EPERM')
    return ['unreachable', `this host forbids it (${code})`]
  if (isLocalTrouble(code)) return ['not-tried', `this host: ${code}`]
  return ['unreachable', `${code}, no ICMP seen: no route or no neighbour`]
}
