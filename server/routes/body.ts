import type { FastifyRequest } from 'fastify'
import * as v from 'valibot'
import { parseStrictJson } from '../ingest/strict-json.ts'
import { problem, refusalProblem } from '../problem.ts'

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
