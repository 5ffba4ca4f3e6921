import { Socket, type SocketConstructorOpts } from 'node:net'
import { performance } from 'node:perf_hooks'
import { deadline } from './deadline.ts'
import type { TcpTimes } from './dial-times.ts'
import { isLocalTrouble, type WatchedSocket, watchedSocket } from './error-queue.ts'
import { type DialTarget, type Exchange, HUNG_UP, icmpText, type Reach, reachOf } from './reach.ts'

/** Octets read of an answer before it is called foreign. */
const MOST_OCTETS = 4096

/**
 * Opens one TCP connection and, with an exchange, asks who answers. Silence for `connectMs` is
 * `filtered`; a handshake whose answer is foreign, or missing for `answerMs`, is `intercepted`.
 * Without an exchange the handshake alone is `open`. Nothing is thrown for what the network does.
 */
export function dialTcp(
  target: DialTarget,
  exchange: Exchange | null,
  times: TcpTimes,
): Promise<Reach> {
  return new Promise((resolve) => new TcpDial(target, exchange, times, resolve))
}

class TcpDial {
  readonly #exchange: Exchange | null
  readonly #times: TcpTimes
  readonly #resolve: (reach: Reach) => void
  readonly #watched: WatchedSocket | null
  readonly #socket: Socket
  readonly #started = performance.now()
  #endWait: () => void
  #connected = false
  #heard = Buffer.alloc(0)

  constructor(
    target: DialTarget,
    exchange: Exchange | null,
    times: TcpTimes,
    resolve: (reach: Reach) => void,
  ) {
    const { address: host, port, local } = target
    this.#exchange = exchange
    this.#times = times
    this.#resolve = resolve
    this.#watched = watchedSocket('tcp', host, local)
    // `manualStart` keeps Node from reading before the connection is there.
    const given = this.#watched === null ? {} : { fd: this.#watched.fd, manualStart: true }
    this.#socket = new Socket(given as SocketConstructorOpts)
    this.#endWait = deadline(times.connectMs, () => this.#late())
    this.#socket
      .on('error', (error) => this.#failed(error))
      .on('connect', () => this.#ask())
      .on('data', (part) => this.#hear(part))
      .on('close', () => this.#closed())
    const from = this.#watched === null && local !== undefined ? { localAddress: local } : {}
    this.#socket.connect({ host, port, ...from })
  }

  #ask(): void {
    this.#connected = true
    if (this.#exchange === null) {
      this.#end('open')
      return
    }
    this.#endWait()
    this.#endWait = deadline(this.#times.answerMs, () => this.#late())
    this.#socket.write(this.#exchange.question)
  }

  #hear(part: Buffer): void {
    this.#heard = Buffer.concat([this.#heard, part])
    const said = this.#exchange?.accept(this.#heard) ?? 'more'
    if (said === 'proven') this.#end('open')
    else if (said !== 'more') this.#end('intercepted', said.wrong)
    else if (this.#heard.length > MOST_OCTETS) this.#end('intercepted', 'another voice answered')
  }

  #late(): void {
    if (this.#connected) this.#end('intercepted', 'handshake, but no answer to our question')
    else this.#end('filtered', 'no answer')
  }

  #failed(error: NodeJS.ErrnoException): void {
    const icmp = this.#watched?.cause() ?? null
    if (this.#connected) this.#end('intercepted', `${HUNG_UP} ${error.code}`)
    else if (icmp !== null) this.#end('unreachable', icmpText(icmp), icmp.code)
    else this.#end(...failure(error.code))
  }

  #closed(): void {
    if (this.#connected) this.#end('intercepted', `${HUNG_UP} closed without an answer`)
    else this.#end('not-tried', 'closed')
  }

  /** The first word counts; what comes after it resolves nothing any more. */
  #end(state: Reach['state'], cause = '', code: number | null = null): void {
    this.#endWait()
    this.#resolve(reachOf(state, performance.now() - this.#started, cause, code))
    this.#socket.destroy()
    this.#watched?.release()
  }
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
