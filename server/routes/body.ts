import type { FastifyRequest } from 'fastify'
import * as v from 'valibot'
import { parseStrictJson } from '../ingest/strict-json.ts'
import { problem, refusalProblem } from '../problem.ts'

/** PostgreSQL takes no text with it, and to anybody it would look like a failure of the collector. */
const NUL = /(?<!\\)(?:\\\\)*\\u0000/

/**
 * The JSON body of a request as its schema has it. Bodies come as bytes (what is signed must be read
 * as sent), so a route reads its own: nothing is coerced, nothing unknown is dropped.
 *
 * @throws Problem not-json and the like, or schema with the place
 */
export function readBody<S extends v.GenericSchema>(
  request: Pick<FastifyRequest, 'body'>,
  schema: S,
): v.InferOutput<S> {
  const bytes = request.body instanceof Uint8Array ? request.body : new Uint8Array()
  const json = parseStrictJson(bytes, 'body')
  if (!json.ok) throw refusalProblem(json.error)
  const octets = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (octets.includes('\\u0000') && NUL.test(octets.toString())) {
    throw problem('schema', { where: 'body', wanted: 'text without U+0000', found: 'U+0000' })
  }
  const result = v.safeParse(schema, json.value, { abortEarly: true, abortPipeEarly: true })
  if (result.success) return result.output
  const [issue] = result.issues
  const path = v.getDotPath(issue)
  throw problem('schema', {
    where: path === null ? 'body' : `body.${path}`,
    wanted: issue.expected ?? issue.message,
    found: issue.received.slice(0, 120),
  })
}
