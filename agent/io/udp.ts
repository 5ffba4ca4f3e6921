import { createSocket, type Socket } from 'node:dgram'
import { performance } from 'node:perf_hooks'
import { deadline } from './deadline.ts'
import { isLocalTrouble, type WatchedSocket, watchedSocket } from './error-queue.ts'
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
  return new Promise((resolve) => new UdpDial(target, exchange, resolve).start(sendAtMs, timeoutMs))
}

class UdpDial {
  readonly #target: DialTarget
  readonly #exchange: Exchange
  readonly #resolve: (reach: Reach) => void
  readonly #watched: WatchedSocket | null
  readonly #socket: Socket
  readonly #started = performance.now()
  readonly #timers: NodeJS.Timeout[] = []
  #endWait = (): void => {}
  #foreign = ''
  #ended = false

  constructor(target: DialTarget, exchange: Exchange, resolve: (reach: Reach) => void) {
    this.#target = target
    this.#exchange = exchange
    this.#resolve = resolve
    this.#watched = watchedSocket('udp', target.address, target.local)
    this.#socket = createSocket(target.address.includes(':') ? 'udp6' : 'udp4')
  }

  start(sendAtMs: readonly number[], timeoutMs: number): void {
    const { address, port, local } = this.#target
    const last = Math.max(...sendAtMs)
    this.#socket
      .on('error', (error) => this.#failed(error))
      .on('message', (answer) => this.#hear(answer))
      .on('connect', () => {
        for (const at of sendAtMs) {
          const then = () => {
            this.#send()
            // From the last question on: a host that was late to ask is not early to give up.
            if (at === last) this.#endWait = deadline(timeoutMs - last, () => this.#late())
          }
          this.#timers.push(setTimeout(then, at))
        }
      })
    const connect = (): void => this.#socket.connect(port, address)
    if (this.#watched !== null) this.#socket.bind({ fd: this.#watched.fd }, connect)
    else this.#socket.bind(0, local, connect)
  }

  #send(): void {
    this.#socket.send(this.#exchange.question, (error) => {
      if (error !== null) this.#failed(error)
    })
  }

  #hear(answer: Uint8Array): void {
    const said = this.#exchange.accept(answer)
    if (said === 'proven') this.#end('open')
    else if (said !== 'more') this.#foreign = said.wrong
  }

  #late(): void {
    if (this.#foreign === '') this.#end('silent')
    else this.#end('intercepted', this.#foreign)
  }

  #failed(error: NodeJS.ErrnoException): void {
    if (this.#ended) return
    const icmp = this.#watched?.cause() ?? null
    // Only the host itself can say that nobody holds the port; from another it is a filter's word.
    const itself = icmp !== null && isPortUnreachable(icmp) && icmp.from === this.#target.address
    if (icmp === null) this.#end(...failure(error.code))
    else this.#end(itself ? 'refused' : 'unreachable', icmpText(icmp), icmp.code)
  }

  #end(state: Reach['state'], cause = '', code: number | null = null): void {
    if (this.#ended) return
    this.#ended = true
    for (const timer of this.#timers) clearTimeout(timer)
    this.#endWait()
    this.#resolve(reachOf(state, performance.now() - this.#started, cause, code))
    this.#watched?.release()
    this.#socket.close()
  }
}

function failure(code: string | undefined): [Reach['state'], string] {
  if (code === 'ECONNREFUSED') return ['refused', 'icmp port unreachable']
  if (code === 'EACCES' || code === 'EPERM')
    return ['unreachable', `this host forbids it (${code})`]
  if (isLocalTrouble(code)) return ['not-tried', `this host: ${code}`]
  return ['unreachable', `${code}, no ICMP seen: no route or no neighbour`]
}
