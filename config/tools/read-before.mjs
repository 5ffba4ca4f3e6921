// Reads the profiles that come along once, so that no command has to: see config/read-before.ts.
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const root = join(import.meta.dirname, '..', '..')
const built = join(root, 'dist', 'config')
const { nameOf } = await import(join(built, 'read-before.js'))
const { readYaml } = await import(join(built, 'yaml.js'))

const folder = join(built, 'read-before')
rmSync(folder, { recursive: true, force: true })
mkdirSync(folder)
const profiles = join(root, 'config', 'profiles')
for (const name of readdirSync(profiles, { recursive: true })) {
  if (!name.endsWith('.yaml')) continue
  const text = readFileSync(join(profiles, name), 'utf8')
  const read = await readYaml(text)
  // What is wrong is told where it is asked for, with file and line.
  if (read.ok) writeFileSync(join(folder, nameOf(text)), JSON.stringify(read.value))
}
