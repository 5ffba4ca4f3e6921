import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { nameOf, readBefore } from '../../config/read-before.ts'
import { readYaml } from '../../config/yaml.ts'
import { root } from '../support/sources.ts'

const profiles = join(root, 'config', 'profiles')
const built = join(root, 'dist', 'config', 'read-before')
const texts = readdirSync(profiles, { recursive: true })
  .map(String)
  .filter((name) => name.endsWith('.yaml'))
  .map((name) => readFileSync(join(profiles, name), 'utf8'))

test('the build read every profile that comes along, and to what it is read here', async () => {
  expect(texts.length).toBeGreaterThan(3)
  expect(readdirSync(built)).toHaveLength(texts.length)
  for (const text of texts) {
    const read = await readYaml(text)
    expect(read.ok && read.value).toEqual(
      JSON.parse(readFileSync(join(built, nameOf(text)), 'utf8')),
    )
  }
})

test('a text with one character more was never read before, and source is read as it stands', () => {
  for (const text of texts) {
    expect(existsSync(join(built, nameOf(`${text} `)))).toBe(false)
    expect(readBefore(text)).toBeNull()
  }
})
