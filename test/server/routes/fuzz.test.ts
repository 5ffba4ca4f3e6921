import fc from 'fast-check'
import { beforeAll, expect, test } from 'vitest'
import { sharedCollector, type TestCollector } from '../support/collector.ts'
import { envelope, record } from '../support/fixtures.ts'

/**
 * Every route as the description at /docs has it, asked by an administrator with values made from its
 * own schemas, whole and bent. Whatever comes: never a 5xx but 503, and no key that is not described
 * is ever let pass.
 */
interface Schema {
  readonly type?: string | readonly string[]
  readonly properties?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
  readonly items?: Schema
  readonly enum?: readonly unknown[]
  readonly const?: unknown
  readonly anyOf?: readonly Schema[]
  readonly oneOf?: readonly Schema[]
  readonly pattern?: string
  readonly format?: string
  readonly minLength?: number
  readonly maxLength?: number
  readonly minimum?: number
  readonly maximum?: number
  readonly maxItems?: number
}
interface Route {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  readonly url: string
  readonly isForAgents: boolean
  readonly query: readonly { readonly name: string; readonly schema: Schema }[]
  readonly path: readonly { readonly name: string; readonly schema: Schema }[]
  readonly body: Schema | null
}

let collector: TestCollector
let admin: { readonly authorization: string }
let address: string
let routes: Route[]
beforeAll(async () => {
  collector = await sharedCollector({ readAccess: 'token' })
  admin = await collector.issue('admin')
  await collector.deliver(envelope(record(collector.profileSha256)))
  address = await collector.app.listen({ host: '127.0.0.1', port: 0 })
  routes = Object.entries(collector.app.swagger().paths ?? {}).flatMap(([url, methods]) =>
    Object.entries(methods ?? {}).map(([method, described]) =>
      routeOf(url, method.toUpperCase() as Route['method'], described as Described),
    ),
  )
  expect(routes.length).toBeGreaterThan(10)
  expect(routes.filter(({ body }) => body !== null).length).toBeGreaterThan(5)
})

interface Described {
  readonly tags?: readonly string[]
  readonly parameters?: readonly {
    readonly in: string
    readonly name: string
    readonly schema: Schema
  }[]
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: Schema }>> }
}

function routeOf(
  url: string,
  method: Route['method'],
  { tags, parameters, requestBody }: Described,
): Route {
  const within = (place: string) => (parameters ?? []).filter((one) => one.in === place)
  const body = requestBody?.content['application/json']?.schema ?? null
  const isForAgents = tags?.includes('agents') ?? false
  return { method, url, isForAgents, query: within('query'), path: within('path'), body }
}

const NAME = fc.stringMatching(/^[a-z0-9]{1,8}$/)

/** Values that a schema describes, as far as this understands it; the answer may still be a 4xx. */
function valuesOf(schema: Schema, depth = 0): fc.Arbitrary<unknown> {
  if (schema.const !== undefined) return fc.constant(schema.const)
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum)
  const variants = schema.anyOf ?? schema.oneOf
  if (variants !== undefined) return fc.oneof(...variants.map((one) => valuesOf(one, depth + 1)))
  const [type] = [schema.type ?? 'object'].flat()
  if (type === 'object' && depth < 6) {
    const parts = Object.entries(schema.properties ?? {}).map(([key, part]) => [
      key,
      valuesOf(part, depth + 1),
    ])
    return fc.record(Object.fromEntries(parts), {
      requiredKeys: (schema.required ?? []) as never[],
    })
  }
  if (type === 'array') {
    const maxLength = Math.min(3, schema.maxItems ?? 3)
    return fc.array(valuesOf(schema.items ?? {}, depth + 1), { maxLength })
  }
  if (type === 'string') return textOf(schema)
  if (type === 'boolean') return fc.boolean()
  if (type === 'null') return fc.constant(null)
  const { minimum: min = -1e15, maximum: max = 1e15 } = schema
  return type === 'integer' ? fc.integer({ min, max }) : fc.double({ min, max, noNaN: true })
}

function textOf({ pattern, format, minLength = 0, maxLength = 40 }: Schema): fc.Arbitrary<string> {
  if (format === 'uuid') return fc.uuid()
  if (format === 'date-time')
    return fc.date({ noInvalidDate: true }).map((date) => date.toISOString())
  if (pattern !== undefined) {
    try {
      return fc.stringMatching(new RegExp(pattern, 'u'))
    } catch {
      return NAME
    }
  }
  return fc.string({ minLength, maxLength: Math.max(minLength, Math.min(maxLength, 40)) })
}

/** A value of the schema, or one bent somewhere, or any JSON at all. */
const bent = (schema: Schema) =>
  fc.oneof({ weight: 4, arbitrary: valuesOf(schema) }, { weight: 1, arbitrary: fc.jsonValue() })

interface Request {
  readonly path: readonly unknown[]
  readonly query: readonly (unknown | undefined)[]
  readonly body: unknown
}

/** Of the sites mostly the one that is there. */
function parameterOf({ name, schema }: { readonly name: string; readonly schema: Schema }) {
  const any = fc.oneof(valuesOf(schema), fc.string())
  if (name !== 'site') return any
  return fc.oneof({ weight: 4, arbitrary: fc.constant('leeds') }, { weight: 1, arbitrary: any })
}

function requestOf(route: Route): fc.Arbitrary<Request> {
  return fc.record({
    path: fc.tuple(...route.path.map(parameterOf)),
    query: fc.tuple(
      ...route.query.map(({ schema }) => fc.option(bent(schema), { nil: undefined })),
    ),
    body: route.body === null ? fc.constant(undefined) : bent(route.body),
  })
}

/** As text, whatever it is: `String` throws for what brings its own `toString`. */
const textOfAny = (value: unknown) =>
  typeof value === 'string' ? value : (JSON.stringify(value) ?? '')

async function send(route: Route, { path, query, body }: Request) {
  const url = route.path.reduce<string>(
    (text, { name }, at) =>
      text.replace(`{${name}}`, () => encodeURIComponent(textOfAny(path[at]))),
    route.url,
  )
  const pairs = route.query.flatMap(({ name }, at) =>
    // Who asks for work may wait for it; not here.
    query[at] === undefined || name === 'wait'
      ? []
      : [[name, textOfAny(query[at])] as [string, string]],
  )
  const search = pairs.length === 0 ? '' : `?${new URLSearchParams(pairs)}`
  const found = await fetch(new URL(`${url}${search}`, address), {
    method: route.method,
    headers: {
      ...(route.isForAgents ? collector.agent : admin),
      ...(route.body === null ? {} : { 'content-type': 'application/json' }),
    },
    ...(route.body === null ? {} : { body: JSON.stringify(body) ?? 'null' }),
  })
  return { status: found.status, text: await found.text() }
}

const RUNS = 12

test('whatever is asked, no route fails', async () => {
  const good = new Set<string>()
  for (const route of routes) {
    await fc.assert(
      fc.asyncProperty(requestOf(route), async (request) => {
        const { status, text } = await send(route, request)
        if (status < 300) good.add(`${route.method} ${route.url}`)
        const fails = status >= 500 && status !== 503
        expect(fails, `${route.method} ${route.url} ${status}: ${text.slice(0, 300)}`).toBe(false)
      }),
      { numRuns: RUNS },
    )
  }
  // Proof that what is made is not refused at the door: many routes do what they were asked.
  expect([...good].length).toBeGreaterThan(10)
})

test('a key that is not described is refused, wherever a body is', async () => {
  for (const route of routes) {
    const { body } = route
    if (body === null || body.properties === undefined) continue
    await fc.assert(
      fc.asyncProperty(requestOf(route), valuesOf(body), async (request, whole) => {
        const extra = { ...(whole as object), unheardOf: 1 }
        const { status, text } = await send(route, { ...request, body: extra })
        const taken = `${route.method} ${route.url} ${status}: ${text.slice(0, 300)}`
        expect(status >= 400 && status < 500, taken).toBe(true)
      }),
      { numRuns: 8 },
    )
  }
})
