// Makes dist/verify.mjs: the verifier as one readable file that runs with plain Node.
import { join } from 'node:path'
import { rolldown } from 'rolldown'

const root = join(import.meta.dirname, '..', '..')
const bundle = await rolldown({
  input: join(root, 'agent', 'verify', 'main.ts'),
  platform: 'node',
  external: [/^node:/],
})
await bundle.write({ file: join(root, 'dist', 'verify.mjs'), format: 'esm', minify: false })
await bundle.close()
