import { readdirSync, readFileSync } from 'node:fs'
import type { FastifyInstance } from 'fastify'

/** What of the page's files is served as what. */
const TYPES: { readonly [ending: string]: string } = {
  css: 'text/css; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
}

/**
 * `/` and what it names: the page that `server/dashboard` is built into. It holds no data: it asks the
 * API as any reader does, and asks for a sign-in where one is needed. Its parts bear a hash of what they
 * hold in their names, so that nobody need ask for them twice.
 * @throws Error where it was not built
 */
export function addPage(app: FastifyInstance): void {
  const { frame, parts } = readPage()
  app.get('/', { schema: { hide: true } }, (_request, reply) => {
    reply.header('cache-control', 'no-cache')
    return reply.type('text/html; charset=utf-8').send(frame)
  })
  for (const [name, text] of parts) {
    const type = TYPES[name.slice(name.lastIndexOf('.') + 1)] ?? 'application/octet-stream'
    app.get(`/assets/${name}`, { schema: { hide: true } }, (_request, reply) => {
      reply.header('cache-control', 'public, max-age=31536000, immutable')
      return reply.type(type).send(text)
    })
  }
}

function readPage(): { readonly frame: string; readonly parts: readonly [string, string][] } {
  // What runs from source takes the built page as well: browsers know no TypeScript.
  const built = import.meta.url.endsWith('.js') ? '../dashboard/' : '../dist/dashboard/'
  const folder = new URL(built, import.meta.url)
  try {
    const text = (name: string) => readFileSync(new URL(name, folder), 'utf8')
    const names = readdirSync(new URL('assets', folder))
    return { frame: text('index.html'), parts: names.map((name) => [name, text(`assets/${name}`)]) }
  } catch (error) {
    throw new Error(`${folder.pathname}: the page is not built: npm run build`, { cause: error })
  }
}
