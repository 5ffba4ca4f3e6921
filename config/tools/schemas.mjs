// `npm run schemas`: writes the published JSON Schemas anew from the types that the program uses.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './ensure.mjs'

const { publishedSchemas } = await import(join(root, 'dist', 'config', 'published-schemas.js'))
const folder = join(root, 'config', 'schemas')
mkdirSync(folder, { recursive: true })
for (const [name, text] of Object.entries(publishedSchemas()))
  writeFileSync(join(folder, name), text)
