// A library of hundreds of small files, as one file that what was compiled imports instead: each thread
// of a collector reads it anew, and Kysely's 264 files were a fifth of a second each time.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { rolldown } from 'rolldown'

const LIBRARY = 'kysely'
const dist = join(import.meta.dirname, '..', '..', 'dist')
const file = join(dist, 'library', `${LIBRARY}.js`)

await bundle(fileURLToPath(import.meta.resolve(LIBRARY)))
for (const name of readdirSync(join(dist, 'server'), { recursive: true })) {
  if (name.endsWith('.js')) redirect(join(dist, 'server', name))
}

async function bundle(input) {
  const bundled = await rolldown({ input, platform: 'node' })
  await bundled.write({ file, format: 'esm', minify: false })
  await bundled.close()
}

function redirect(importer) {
  const text = readFileSync(importer, 'utf8')
  const to = relative(dirname(importer), file).replaceAll('\\', '/')
  const redirected = text.replaceAll(`from '${LIBRARY}';`, `from '${to}';`)
  if (redirected !== text) writeFileSync(importer, redirected)
}
