import { createHash } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import { PAGE_MARKUP } from './markup.ts'
import { PAGE_NO_SITE } from './no-site.ts'
import { PAGE_PAPERS } from './papers.ts'
import { PAGE_PLOTS } from './plots.ts'
import { PAGE_RENDERING } from './rendering.ts'
import { PAGE_RUNS } from './runs.ts'
import { PAGE_SCRIPT } from './script.ts'
import { PAGE_STYLE } from './style.ts'

const SCRIPT = `'use strict';${PAGE_RENDERING}${PAGE_PLOTS}${PAGE_RUNS}${PAGE_PAPERS}${PAGE_NO_SITE}${PAGE_SCRIPT}`
const HTML = PAGE_MARKUP.replace('<!--style-->', () => `<style>${PAGE_STYLE}</style>`).replace(
  '<!--script-->',
  () => `<script>${SCRIPT}</script>`,
)

/**
 * `/`: one self-contained page without a build step. It holds no data: it asks the API as any reader
 * does, and asks for a viewer's token where one is needed. (The dashboard proper will take its place.)
 */
export function addPage(app: FastifyInstance): void {
  app.get('/', { schema: { hide: true } }, (_request, reply) => {
    reply.header('cache-control', 'no-cache')
    return reply.type('text/html; charset=utf-8').send(HTML)
  })
}

/** Hashes of the page's inline script and style, as a Content-Security-Policy names them. */
export function pageHashes(): { readonly script: string; readonly style: string } {
  const hash = (text: string) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`
  return { script: hash(SCRIPT), style: hash(PAGE_STYLE) }
}
