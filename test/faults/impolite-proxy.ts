import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { onTestFinished } from 'vitest'
import { seededRandom } from '../support/random.ts'

/** What can happen to a request on its way; `pass` is the only polite one. */
export const MANNERS = [
  'pass',
  /** The collector answers, and the answer never arrives: committed, but the sender cannot know. */
  'lose-answer',
  'lose-request',
  /** Delivered twice at once; the sender hears the second answer. */
  'repeat',
  /** Seems lost, and is delivered after some later request: reordered, and usually a repeat. */
  'hold',
] as const
export type Manner = (typeof MANNERS)[number]

interface Held {
  readonly path: string
  readonly headers: Record<string, string>
  readonly body: Buffer
}

/** A proxy in front of a collector that drops, repeats and reorders what passes, by a seed. */
export class ImpoliteProxy {
  /** Where requests go; undefined: nowhere, every connection is reset. May change at any time. */
  upstream: string | undefined
  readonly counts: Record<Manner, number> = {
    pass: 0,
    'lose-answer': 0,
    'lose-request': 0,
    repeat: 0,
    hold: 0,
  }
  readonly #server: Server
  readonly #held: Held[] = []
  readonly #manner: () => Manner

  private constructor(seed: number, manners: readonly Manner[]) {
    const random = seededRandom(seed)
    this.#manner = () => manners[Math.floor(random() * manners.length)] ?? 'pass'
    this.#server = createServer((request, response) => {
      this.#serve(request, response).catch(() => response.destroy())
    })
  }

  /** Listens on loopback until the running test ends. Manners named twice come twice as often. */
  static async start(seed: number, manners: readonly Manner[] = MANNERS): Promise<ImpoliteProxy> {
    const proxy = new ImpoliteProxy(seed, manners)
    await new Promise<void>((done) => proxy.#server.listen(0, '127.0.0.1', done))
    onTestFinished(() => {
      proxy.#server.closeAllConnections()
      proxy.#server.close()
    })
    return proxy
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const parts: Buffer[] = []
    for await (const part of request) parts.push(part as Buffer)
    const { authorization = '', 'content-type': type = '' } = request.headers
    const encoding = request.headers['content-encoding']
    const headers = {
      ...{ authorization, 'content-type': type },
      ...(encoding === undefined ? {} : { 'content-encoding': encoding }),
    }
    const one = { path: request.url ?? '/', headers, body: Buffer.concat(parts) }
    const manner = this.#manner()
    this.counts[manner] += 1
    if (manner === 'hold') this.#held.push(one)
    if (manner === 'hold' || manner === 'lose-request') throw new Error('lost')
    if (manner === 'repeat') await this.#forward(one)
    const answer = await this.#forward(one)
    await this.#releaseHeld()
    if (manner === 'lose-answer') throw new Error('lost')
    const retryAfter = answer.headers.get('retry-after')
    response
      .writeHead(answer.status, retryAfter === null ? {} : { 'retry-after': retryAfter })
      .end(Buffer.from(await answer.arrayBuffer()))
  }

  /** Newest first, so that what was held comes out of order among itself too. */
  async #releaseHeld(): Promise<void> {
    for (const held of this.#held.splice(0).reverse()) {
      await this.#forward(held).then((answer) => answer.arrayBuffer())
    }
  }

  #forward({ path, headers, body }: Held): Promise<Response> {
    if (this.upstream === undefined) throw new Error('nobody there')
    return fetch(new URL(path, this.upstream), { method: 'POST', headers, body })
  }
}
