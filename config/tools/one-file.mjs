// Libraries of hundreds of small files, each as one file that what was compiled imports instead: most of
// what a start costs is looking for files and reading them. Kysely's 264 were a fifth of a second in each
// thread of a collector; the others are an eighth of a second of its start.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { rolldown } from 'rolldown'

/** What is imported of each; null: all that it exports. */
const LIBRARIES = {
  kysely: null,
  fastify: ['fastify', 'LogController'],
  '@fastify/helmet': ['default'],
  '@fastify/swagger': ['default'],
  'prom-client': ['Counter', 'Gauge', 'Histogram', 'Registry'],
}
/** They start threads of files beside them, or are the logger that both we and Fastify hold. */
const AS_THEY_ARE = ['pino']
const dist = join(import.meta.dirname, '..', '..', 'dist')
const folder = join(dist, 'library')

for (const [library, names] of Object.entries(LIBRARIES)) await bundle(library, names)
for (const name of readdirSync(join(dist, 'server'), { recursive: true })) {
  if (name.endsWith('.js')) redirect(join(dist, 'server', name))
}

async function bundle(library, names) {
  const bundled = await rolldown({
    input: 'entry',
    platform: 'node',
    external: AS_THEY_ARE,
    plugins: [
      entry(`export ${names === null ? '*' : `{ ${names.join(', ')} }`} from '${library}'`),
    ],
  })
  await bundled.write({ file: fileOf(library), format: 'esm', minify: false })
  await bundled.close()
}

/** A module of one line that stands in the project's root. */
function entry(code) {
  const id = join(dist, '..', 'entry.mjs')
  return {
    name: 'entry',
    resolveId: (source) => (source === 'entry' ? id : null),
    load: (asked) => (asked === id ? code : null),
  }
}

function fileOf(library) {
  return join(folder, `${library}.js`)
}

function redirect(importer) {
  const text = readFileSync(importer, 'utf8')
  let redirected = text
  for (const library of Object.keys(LIBRARIES)) {
    const to = relative(dirname(importer), fileOf(library)).replaceAll('\\', '/')
    redirected = redirected.replaceAll(`from '${library}';`, `from '${to}';`)
  }
  if (redirected !== text) writeFileSync(importer, redirected)
}
