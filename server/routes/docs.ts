import swagger, { type SwaggerTransform } from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import type { FastifyInstance } from 'fastify'
import type * as v from 'valibot'
import { RecordSchema } from '../../shared/record/record.ts'
import { jsonSchema } from './schemas.ts'

/** OpenAPI at /docs/json, readable at /docs; made from the very schemas that requests must pass. */
export function addDocs(app: FastifyInstance, version: string): void {
  app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'voip-ready collector',
        version,
        description:
          'Takes in records of agents, judges them, and tells what they say. Errors are problem+json.',
      },
      components: {
        securitySchemes: {
          bearer: { type: 'http', scheme: 'bearer' },
          session: { type: 'apiKey', in: 'cookie', name: 'voip-ready-session' },
          agent: {
            type: 'apiKey',
            in: 'header',
            name: 'Authorization',
            description: 'VoipReady-Agent: the request signed with the key of an enrolled agent',
          },
        },
        schemas: { Record: jsonSchema(RecordSchema) },
      },
    },
    transform: toOpenApi,
  })
  app.register(swaggerUi, {
    routePrefix: '/docs',
    staticCSP: {
      'default-src': "'none'",
      'connect-src': "'self'",
      'img-src': "'self' data:",
      'script-src': "'self'",
      'style-src': "'self' 'unsafe-inline'",
      'base-uri': "'none'",
      'frame-ancestors': "'none'",
    },
  })
}

const toOpenApi: SwaggerTransform = ({ schema, url }) => {
  if (schema === undefined) return { schema, url }
  const { params, querystring, body, response, ...rest } = schema
  return {
    url,
    schema: {
      ...rest,
      ...(isSchema(params) ? { params: jsonSchema(params) } : {}),
      ...(isSchema(querystring) && hasKeys(querystring)
        ? { querystring: jsonSchema(querystring) }
        : {}),
      ...(body === undefined ? {} : { body: bodySchema(body) }),
      ...(response === undefined ? {} : { response: mapSchemas(response) }),
    },
  }
}

/** Bodies come as `{ content: { type: { schema } } }`. */
function bodySchema(body: unknown): unknown {
  const { content } = body as { content: Record<string, { schema: v.GenericSchema }> }
  const entries = Object.entries(content).map(([type, { schema }]) => [
    type,
    { schema: jsonSchema(schema) },
  ])
  return { content: Object.fromEntries(entries) }
}

function mapSchemas(response: unknown): Record<string, unknown> {
  const entries = Object.entries(response as Record<string, v.GenericSchema>)
  return Object.fromEntries(entries.map(([status, schema]) => [status, described(schema)]))
}

function described(schema: v.GenericSchema): Record<string, unknown> {
  return { description: '', ...jsonSchema(schema) }
}

function isSchema(value: unknown): value is v.GenericSchema {
  return typeof value === 'object' && value !== null && '~run' in value
}

function hasKeys(schema: v.GenericSchema): boolean {
  return 'entries' in schema && Object.keys(schema.entries as object).length > 0
}
