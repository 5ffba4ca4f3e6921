import type { IncomingMessage } from 'node:http'
import { collectorAgent } from './pinned-agent.ts'

export interface Question {
  readonly url: URL
  readonly method: 'GET' | 'POST'
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array
  readonly pin: string | null
  readonly timeoutMs: number
}

export interface Reply {
  readonly status: number
  readonly headers: IncomingMessage['headers']
  readonly body: string
}

const MOST_BYTES = 100_000

/** Asks the collector once, on a connection of its own. @throws Error, WrongPin */
export async function ask(question: Question): Promise<Reply> {
  const { url, method, body, timeoutMs } = question
  const { request } = await import(url.protocol === 'https:' ? 'node:https' : 'node:http')
  const agent = await collectorAgent(url, question.pin)
  const headers = { ...question.headers, accept: 'application/json', 'content-length': body.length }
  const signal = AbortSignal.timeout(timeoutMs)
  try {
    return await new Promise<Reply>((resolve, reject) => {
      const sent = request(url, { method, agent, headers, signal })
      sent.on('error', reject)
      sent.on('response', (response: IncomingMessage) => read(response).then(resolve, reject))
      sent.end(body)
    })
  } finally {
    agent.destroy()
  }
}

async function read(response: IncomingMessage): Promise<Reply> {
  let body = ''
  for await (const part of response.setEncoding('utf8')) {
    body += part
    if (body.length > MOST_BYTES) throw new Error(`the answer is larger than ${MOST_BYTES} B`)
  }
  return { status: response.statusCode ?? 0, headers: response.headers, body }
}
