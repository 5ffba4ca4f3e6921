import type { IncomingMessage } from 'node:http'
import { withAnyOf } from '../../shared/any-of.ts'
import type { Reply } from '../enrol/exchange.ts'
import type { Credentials } from '../enrol/identity.ts'
import { askSigned, RequestSigner } from '../enrol/sign-request.ts'
import type { Connections } from './connections.ts'

export interface SignedQuestion {
  readonly method: 'GET' | 'POST'
  /** Below the collector's address: `api/v1/agents/self/plan`. */
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  /** Sent as JSON. */
  readonly body?: unknown
  readonly timeoutMs: number
  readonly stop: AbortSignal
}

/** What an enrolled agent asks and tells its collector, beside records. */
export interface SignedClient {
  /** @throws Error when there is no whole answer in time, or the collector shows another key */
  ask(question: SignedQuestion): Promise<Reply>
}

/** A profile with all its ports is some 200 kB. */
const MOST_CHARACTERS = 4_000_000

interface Sent {
  readonly question: SignedQuestion
  readonly url: URL
  readonly body: Buffer
  readonly authorization: string
}

/** Signed requests to the routes beside that of the records. */
export function signedClientOn(
  { url: records, request, agent }: Connections,
  credentials: () => Credentials,
): SignedClient {
  const signer = new RequestSigner(credentials, Date.now)
  const send = ({ question, url, body, authorization }: Sent, signal: AbortSignal) =>
    new Promise<Reply>((resolve, reject) => {
      const headers = {
        ...{ ...question.headers, authorization, accept: 'application/json' },
        ...(body.length === 0 ? {} : { 'content-type': 'application/json' }),
        ...(question.method === 'GET' ? {} : { 'content-length': body.length }),
      }
      const sent = request(url, { method: question.method, agent, headers, signal })
      sent.on('error', reject)
      sent.on('response', (response: IncomingMessage) => read(response).then(resolve, reject))
      sent.end(body)
    })
  return {
    ask(question) {
      const url = new URL(records.href.replace(/api\/v1\/records$/, question.path))
      const body = Buffer.from(question.body === undefined ? '' : JSON.stringify(question.body))
      const { method, stop, timeoutMs } = question
      return askSigned(signer, { method, url, body }, (authorization) =>
        withAnyOf([stop, AbortSignal.timeout(timeoutMs)], (over) =>
          send({ question, url, body, authorization }, over),
        ),
      )
    },
  }
}

async function read(response: IncomingMessage): Promise<Reply> {
  let body = ''
  for await (const part of response.setEncoding('utf8')) {
    body += part
    if (body.length > MOST_CHARACTERS) throw new Error(`an answer of over ${MOST_CHARACTERS} B`)
  }
  return { status: response.statusCode ?? 0, headers: response.headers, body }
}
