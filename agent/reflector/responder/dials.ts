import type { KeyedHash } from '../../../shared/wire/control.ts'
import { TCP_TIMES, UDP_SEND_AT_MS, UDP_TIMEOUT_MS } from '../../io/dial-times.ts'
import { inParallel } from '../../io/limited.ts'
import { proofExchange } from '../../io/port-answerer.ts'
import { mayBeChance, type Reach } from '../../io/reach.ts'
import { dialTcp } from '../../io/tcp.ts'
import { dialUdp } from '../../io/udp.ts'

export interface DialOrder {
  readonly keyId: string
  readonly secret: Uint8Array
  readonly run: string
  readonly proto: 'tcp' | 'udp'
  readonly ports: readonly number[]
  /** Where the order came from: nobody else is ever dialled. */
  readonly address: string
  /** The responder's own address to dial from; absent: the route's. */
  readonly local?: string
}

/** Orders under way or remembered at one time; one order has at most 256 ports. */
const MOST_ORDERS = 16
const AT_ONCE = 64

interface Known {
  readonly reached: Map<number, Reach>
  running: boolean
}

/** Dials agents on their order, each order once, and remembers what came of the newest. */
export class Dials {
  readonly #orders = new Map<string, Known>()
  readonly #hash: KeyedHash
  readonly #random: (bytes: number) => Uint8Array
  readonly #stop = new AbortController()

  constructor(hash: KeyedHash, random: (bytes: number) => Uint8Array) {
    this.#hash = hash
    this.#random = random
  }

  /** False: too many orders at one time. A repeated order counts as taken and starts nothing. */
  take(order: DialOrder): boolean {
    const name = nameOf(order)
    if (this.#orders.has(name)) return true
    this.#forget()
    if (this.#orders.size >= MOST_ORDERS) return false
    const known: Known = { reached: new Map(), running: true }
    this.#orders.set(name, known)
    void this.#run(order, known).finally(() => {
      known.running = false
    })
    return true
  }

  /** What came of dialling this port; undefined while it is not known. */
  reached(order: Omit<DialOrder, 'secret' | 'address' | 'local'>, port: number): Reach | undefined {
    return this.#orders.get(nameOf(order))?.reached.get(port)
  }

  /** Makes room: the oldest order that is done goes first, one under way never. */
  #forget(): void {
    for (const [old, known] of this.#orders) {
      if (this.#orders.size < MOST_ORDERS) return
      if (!known.running) this.#orders.delete(old)
    }
  }

  stop(): void {
    this.#stop.abort()
  }

  /** What may be chance is tried a second time. */
  async #run(order: DialOrder, { reached }: Known): Promise<void> {
    const dial = async (port: number): Promise<Reach> => {
      const first = await this.#dial(order, port)
      return mayBeChance(first) ? await this.#dial(order, port) : first
    }
    await inParallel(
      order.ports,
      AT_ONCE,
      async (port) => void reached.set(port, await dial(port)),
      this.#stop.signal,
    )
  }

  #dial(order: DialOrder, port: number): Promise<Reach> {
    const { keyId, secret, run, proto, address, local } = order
    const attempt = Buffer.from(this.#random(8)).toString('hex')
    const asking = { keyId, secret, run, attempt, proto, port, who: run, hash: this.#hash }
    const exchange = proofExchange({ ...asking, leg: 'back' })
    const target = { address, port, ...(local === undefined ? {} : { local }) }
    return proto === 'tcp'
      ? dialTcp(target, exchange, TCP_TIMES)
      : dialUdp(target, exchange, UDP_SEND_AT_MS, UDP_TIMEOUT_MS)
  }
}

/** Ports are part of the name: a large table comes in several orders of one run. */
function nameOf({
  keyId,
  run,
  proto,
  ports,
}: Pick<DialOrder, 'keyId' | 'run' | 'proto' | 'ports'>) {
  return `${keyId} ${run} ${proto} ${ports.join(',')}`
}
