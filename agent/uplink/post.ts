import type { ClientRequest, Agent as HttpAgent, IncomingMessage } from 'node:http'

/** How the collector answered, or why there was no answer. */
export type Answer =
  | {
      readonly kind: 'answered'
      readonly status: number
      readonly retryAfter: string | undefined
      /** The first part of the body: enough to tell a person why. */
      readonly body: string
    }
  | { readonly kind: 'failed'; readonly why: string }

export interface Poster {
  /** Sends one envelope; never throws: what the network does is an answer. */
  post(bytes: Uint8Array, token: string): Promise<Answer>
  close(): void
}

const KEPT_BODY = 2000

/**
 * A client for one route of one collector. node:http with one kept-alive connection: at one record a
 * minute a new TLS handshake each time would cost the collector as much as the work itself.
 * @param timeoutMs bounds the whole exchange, so that a server that drips bytes cannot hold it
 */
export async function openPoster(url: URL, timeoutMs: number): Promise<Poster> {
  const { Agent, request } = await import(url.protocol === 'https:' ? 'node:https' : 'node:http')
  const agent: HttpAgent = new Agent({ keepAlive: true, maxSockets: 1, keepAliveMsecs: 30_000 })
  return {
    post: (bytes, token) =>
      new Promise((resolve) => {
        const headers = {
          authorization: `Bearer ${token}`,
          'content-type': 'application/json',
          'content-length': bytes.length,
          accept: 'application/json',
        }
        const signal = AbortSignal.timeout(timeoutMs)
        const sent: ClientRequest = request(url, { method: 'POST', agent, headers, signal })
        sent.on('error', (error: Error) =>
          resolve({ kind: 'failed', why: whyOf(error, timeoutMs) }),
        )
        sent.on('response', (response: IncomingMessage) => readAnswer(response, resolve))
        sent.end(bytes)
      }),
    close: () => agent.destroy(),
  }
}

function readAnswer(response: IncomingMessage, resolve: (answer: Answer) => void): void {
  let body = ''
  response.setEncoding('utf8')
  response.on('data', (part: string) => {
    // The rest is read and thrown away, so that the connection can be used again.
    if (body.length < KEPT_BODY) body = (body + part).slice(0, KEPT_BODY)
  })
  response.on('error', (error) => resolve({ kind: 'failed', why: error.message }))
  response.on('end', () =>
    resolve({
      kind: 'answered',
      status: response.statusCode ?? 0,
      retryAfter: response.headers['retry-after'],
      body,
    }),
  )
}

function whyOf(error: Error, timeoutMs: number): string {
  if (error.name === 'TimeoutError' || error.name === 'AbortError') {
    return `no whole answer within ${timeoutMs / 1000} s`
  }
  const { code } = error as NodeJS.ErrnoException
  // A refused connection to several addresses comes as an AggregateError with an empty message.
  return error.message !== '' ? error.message : (code ?? error.name)
}
