import type { ClientRequest, IncomingMessage } from 'node:http'
import { type Trust, tlsRepair } from '../../config/named-certificate.ts'
import { Fault } from '../../shared/errors.ts'

/** How a command reaches a running collector. */
export interface ApiAccess {
  /** `http://HOST:PORT` or `https://HOST:PORT`. */
  readonly url: string
  readonly token: string
  /** What is trusted beside the system's certificates; null: nothing. */
  readonly trust: Trust | null
}

export interface ApiReply {
  readonly status: number
  readonly etag: string | undefined
  readonly body: unknown
}

interface Sending {
  readonly headers?: Readonly<Record<string, string>>
  readonly json?: unknown
}

const WITHIN_MS = 30_000
const MOST_CHARACTERS = 16_000_000

/** The collector's HTTP interface, for the command line. */
export class Api {
  readonly #access: ApiAccess

  constructor(access: ApiAccess) {
    this.#access = access
  }

  /** @throws Fault UNREACHABLE; REFUSED or USAGE with the collector's own words for any refusal */
  async ask(method: string, path: string, sending: Sending = {}): Promise<ApiReply> {
    const reply = await this.try(method, path, sending)
    if (reply.status < 400) return reply
    throw refusalOf(reply, `${method} ${path}`)
  }

  /** As `ask`, and a refusal is an answer. */
  async try(method: string, path: string, sending: Sending = {}): Promise<ApiReply> {
    const response = await this.#send(method, path, sending, AbortSignal.timeout(WITHIN_MS))
    let text = ''
    for await (const part of response.setEncoding('utf8')) {
      text += part
      if (text.length > MOST_CHARACTERS) throw this.#unreachable('an answer without an end')
    }
    const { statusCode: status = 0, headers } = response
    return { status, etag: headers.etag, body: parsed(text) }
  }

  /**
   * Server-sent events of a route (HTML Living Standard 9.2), as [name, data]; ends when the collector
   * ends them. @throws Fault as `ask`
   */
  async *events(path: string, after: number, stop: AbortSignal): AsyncGenerator<[string, string]> {
    const headers = { 'last-event-id': String(after), accept: 'text/event-stream' }
    const response = await this.#send('GET', path, { headers }, stop)
    if (response.statusCode !== 200) {
      response.resume()
      throw refusalOf({ status: response.statusCode ?? 0, etag: '', body: null }, `GET ${path}`)
    }
    let rest = ''
    for await (const part of response.setEncoding('utf8')) {
      const blocks = (rest + part).split('\n\n')
      rest = blocks.pop() ?? ''
      for (const block of blocks) {
        const field = (name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(block)?.[1]
        const data = field('data')
        if (data !== undefined) yield [field('event') ?? '', data]
      }
    }
  }

  async #send(
    method: string,
    path: string,
    { headers = {}, json }: Sending,
    signal: AbortSignal,
  ): Promise<IncomingMessage> {
    const url = new URL(`/api/v1${path}`, this.#access.url)
    const body = json === undefined ? null : Buffer.from(JSON.stringify(json))
    const { request } = await import(url.protocol === 'https:' ? 'node:https' : 'node:http')
    const options = {
      ...{ method, signal, ...this.#access.trust },
      headers: {
        authorization: `Bearer ${this.#access.token}`,
        ...(body === null
          ? {}
          : { 'content-type': 'application/json', 'content-length': body.length }),
        ...headers,
      },
    }
    return new Promise((resolve, reject) => {
      const sent: ClientRequest = request(url, options)
      sent.on('response', resolve)
      sent.on('error', (error: NodeJS.ErrnoException) =>
        reject(this.#unreachable(error.message || (error.code ?? error.name), tlsRepair(error))),
      )
      sent.end(body ?? undefined)
    })
  }

  #unreachable(found: string, byTls: string | null = null): Fault {
    const repair = byTls ?? 'start the collector, or name its address with --url'
    return new Fault('UNREACHABLE', this.#access.url, 'a running collector', found, repair)
  }
}

function parsed(text: string): unknown {
  try {
    return text === '' ? null : JSON.parse(text)
  } catch {
    return null
  }
}

/** The collector's own words; who asks for what cannot be has used it wrongly (exit 3). */
function refusalOf({ status, body }: ApiReply, what: string): Fault {
  const said = body as { readonly [key: string]: unknown } | null
  const text = (key: string, other: string) => {
    const found = said?.[key]
    return typeof found === 'string' && found !== '' ? found : other
  }
  const where = text('where', what)
  const title = text('title', `HTTP ${status}`)
  const found = text('found', '')
  const whole = found === '' ? title : `${found} (${title})`
  const code = status >= 500 || status === 429 ? 'REFUSED' : 'USAGE'
  return new Fault(
    code,
    where,
    text('wanted', 'something that is possible'),
    whole,
    text('repair', 'see --help'),
  )
}
