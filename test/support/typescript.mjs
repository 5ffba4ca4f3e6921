// Lets plain Node 20 run a TypeScript file of the test folder as a program of its own:
//   node --import ./test/support/typescript.mjs test/lab/router/main.ts
// What was translated is kept on disk by content, so only the first start pays for the compiler.
import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { createRequire, register } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { isMainThread } from 'node:worker_threads'

const require = createRequire(import.meta.url)
const cache = fileURLToPath(new URL('../../node_modules/.cache/voip-ready-ts/', import.meta.url))

if (isMainThread) register(import.meta.url)

/** Module hook of Node: translates `.ts` files, leaves everything else to the next loader. */
export async function load(url, context, nextLoad) {
  if (!url.startsWith('file:') || !url.endsWith('.ts')) return nextLoad(url, context)
  const source = readFileSync(new URL(url), 'utf8')
  return { format: 'module', shortCircuit: true, source: translate(source, fileURLToPath(url)) }
}

function translate(source, fileName) {
  const key = createHash('sha256').update(process.version).update(source).digest('hex')
  const path = join(cache, `${key}.mjs`)
  try {
    return readFileSync(path, 'utf8')
  } catch {
    // not translated before
  }
  const { transformSync } = require('rolldown/utils')
  const { code, errors } = transformSync(fileName, source)
  if (errors.length > 0) throw new SyntaxError(`${fileName}: ${errors[0]?.message}`)
  mkdirSync(cache, { recursive: true })
  const fresh = `${path}.${process.pid}`
  writeFileSync(fresh, code)
  renameSync(fresh, path)
  return code
}
