import { request as plain } from 'node:http'
import { request as secure } from 'node:https'
import type { Post } from '../ledger/witness-desk.ts'

const MOST_CHARACTERS = 64_000

/** Posts a text and reads a short answer, all of it within a time. @throws Error what stood in the way */
export const postText: Post = (url, text, timeoutMs) => {
  const ask = url.protocol === 'https:' ? secure : plain
  return new Promise((resolve, reject) => {
    const octets = Buffer.from(text)
    const headers = {
      'content-type': 'text/plain; charset=utf-8',
      'content-length': octets.length,
    }
    const signal = AbortSignal.timeout(timeoutMs)
    const sent = ask(url, { method: 'POST', headers, signal }, (response) => {
      let body = ''
      response.setEncoding('utf8').on('data', (part: string) => {
        body += part
        if (body.length > MOST_CHARACTERS) response.destroy(new Error('a long answer'))
      })
      response.on('error', reject)
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body }))
    })
    sent.on('error', reject)
    sent.end(octets)
  })
}
