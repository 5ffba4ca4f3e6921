import helmet from '@fastify/helmet'
import { type FastifyInstance, fastify } from 'fastify'

/** Directives of a Content-Security-Policy, each with what it allows. */
export type SecurityPolicy = Record<string, string[]>

/**
 * Every answer gets the headers that helmet gives. They are the same for all, so helmet is asked for them
 * once: it would read the whole policy again for every request, which is a twentieth of what one costs.
 */
export function addSecurityHeaders(app: FastifyInstance, policy: SecurityPolicy): void {
  let headers: readonly (readonly [name: string, value: string])[] = []
  app.addHook('onReady', async () => {
    headers = Object.entries(await askHelmet(policy))
  })
  app.addHook('onRequest', (_request, reply, done) => {
    for (const [name, value] of headers) reply.raw.setHeader(name, value)
    done()
  })
}

/** What helmet says to a request, and nothing else. */
async function askHelmet(directives: SecurityPolicy): Promise<Record<string, string>> {
  const asked = fastify()
  await asked.register(helmet, {
    hsts: false,
    contentSecurityPolicy: { useDefaults: false, directives },
  })
  asked.get('/', (_request, reply) => reply.send(reply.raw.getHeaders()))
  const answer = await asked.inject('/')
  await asked.close()
  return answer.json<Record<string, string>>()
}
