import { createSocket } from 'node:dgram'
import { performance } from 'node:perf_hooks'
import { isLocalTrouble, watchedSocket } from './error-queue.ts'
import {
  type DialTarget,
  type Exchange,
  icmpText,
  isPortUnreachable,
  type Reach,
  reachOf,
} from './reach.ts'

/**
 * Asks over UDP from one connected socket, again at each of `sendAtMs`, until an answer is proven,
 * an ICMP error comes, or `timeoutMs` is over: then `silent`, which is never a pass; `intercepted`
 * when something answered that proves nothing. Repeats are the same datagram, so late answers count.
 */
export function dialUdp(
  target: DialTarget,
  exchange: Exchange,
  sendAtMs: readonly number[],
  timeoutMs: number,
): Promise<Reach> {
  const { address, port, local } = target
  const watched = watchedSocket('udp', address, local)
  const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4')
  const started = performance.now()
  return new Promise((resolve) => {
    let foreign = ''
    const timers: NodeJS.Timeout[] = []
    let ended = false
    const end = (state: Reach['state'], cause = '', code: number | null = null): void => {
      if (ended) return
      ended = true
      for (const timer of timers) clearTimeout(timer)
      resolve(reachOf(state, performance.now() - started, cause, code))
      watched?.release()
      socket.close()
    }
    const failed = (error: NodeJS.ErrnoException): void => {
      const icmp = watched?.cause() ?? null
      if (icmp === null) {
        end(...failure(error.code))
        return
      }
      // Only the host itself can say that nobody holds the port; from another it is a filter's word.
      const itself = isPortUnreachable(icmp) && icmp.from === address
      end(itself ? 'refused' : 'unreachable', icmpText(icmp), icmp.code)
    }
    socket.on('error', failed)
    socket.on('message', (answer) => {
      const said = exchange.accept(answer)
      if (said === 'proven') end('open')
      else foreign = said === 'more' ? 'an answer too short to be ours' : said.wrong
    })
    socket.on('connect', () => {
      for (const at of sendAtMs)
        timers.push(
          setTimeout(() => {
            socket.send(exchange.question, (error) => error !== null && failed(error))
          }, at),
        )
      const silence = () => (foreign === '' ? end('silent') : end('intercepted', foreign))
      timers.push(setTimeout(silence, timeoutMs))
    })
    if (watched !== null) socket.bind({ fd: watched.fd }, () => socket.connect(port, address))
    else socket.bind(0, local, () => socket.connect(port, address))
  })
}

function failure(code: string | undefined): [Reach['state'], string] {
  if (code === 'ECONNREFUSED') return ['refused', 'icmp port unreachable']
  if (code === 'EACCES' || code === 'EPERM')
    return ['unreachable', `this host forbids it (${code})`]
  if (isLocalTrouble(code)) return ['not-tried', `this host: ${code}`]
  return ['unreachable', `${code}, no ICMP seen: no route or no neighbour`]
}
