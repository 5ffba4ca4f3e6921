// Makes dist/verify.mjs, or the file that is named: the verifier as one readable file that runs with plain
// Node.
import { join } from 'node:path'
import { rolldown } from 'rolldown'

const root = join(import.meta.dirname, '..', '..')
const file = process.argv[2] ?? join(root, 'dist', 'verify.mjs')
const bundle = await rolldown({
  input: join(root, 'agent', 'verify', 'main.ts'),
  platform: 'node',
  external: [/^node:/],
})
await bundle.write({ file, format: 'esm', minify: false })
await bundle.close()
