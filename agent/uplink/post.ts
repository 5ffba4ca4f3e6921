import type { ClientRequest, IncomingMessage } from 'node:http'
import { readSpreadMs, SPREAD_HEADER } from '../../shared/record/spread.ts'
import type { Connections } from './connections.ts'

/** How the collector answered, or why there was no answer. */
export type Answer =
  | {
      readonly kind: 'answered'
      readonly status: number
      readonly retryAfter: string | undefined
      /** Over so many milliseconds the collector wants its fleet's records to come. */
      readonly spreadMs: number
      /** The first part of the body: enough to tell a person why. */
      readonly body: string
    }
  | { readonly kind: 'failed'; readonly why: string }

export interface Poster {
  /**
   * Sends one envelope, or a packed batch of lines; never throws: what the network does is an answer.
   * @param token null where signatures alone speak for the agent
   */
  post(bytes: Uint8Array, token: string | null, form?: 'one' | 'batch'): Promise<Answer>
}

/** Characters: enough for a person, or for a word on each of a hundred lines. */
const KEPT_BODY = { one: 2000, batch: 500_000 } as const
const CONTENT = {
  one: { 'content-type': 'application/json' },
  batch: { 'content-type': 'application/x-ndjson', 'content-encoding': 'gzip' },
} as const

/**
 * A client for the route that takes records.
 * @param timeoutMs bounds the whole exchange, so that a server that drips bytes cannot hold it
 */
export function posterOn({ url, request, agent }: Connections, timeoutMs: number): Poster {
  return {
    post: (bytes, token, form = 'one') =>
      new Promise((resolve) => {
        const headers = {
          ...(token === null ? {} : { authorization: `Bearer ${token}` }),
          ...CONTENT[form],
          'content-length': bytes.length,
          accept: 'application/json',
        }
        const signal = AbortSignal.timeout(timeoutMs)
        const sent: ClientRequest = request(url, { method: 'POST', agent, headers, signal })
        sent.on('error', (error: Error) =>
          resolve({ kind: 'failed', why: whyOf(error, timeoutMs) }),
        )
        sent.on('response', (response: IncomingMessage) =>
          readAnswer(response, KEPT_BODY[form], resolve),
        )
        sent.end(bytes)
      }),
  }
}

function readAnswer(
  response: IncomingMessage,
  most: number,
  resolve: (answer: Answer) => void,
): void {
  let body = ''
  response.setEncoding('utf8')
  response.on('data', (part: string) => {
    // The rest is read and thrown away, so that the connection can be used again.
    if (body.length < most) body = (body + part).slice(0, most)
  })
  response.on('error', (error) => resolve({ kind: 'failed', why: error.message }))
  const spread = response.headers[SPREAD_HEADER]?.toString()
  response.on('end', () =>
    resolve({
      kind: 'answered',
      status: response.statusCode ?? 0,
      retryAfter: response.headers['retry-after'],
      spreadMs: readSpreadMs(spread),
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
