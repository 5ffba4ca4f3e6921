import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { readBefore } from '../../config/read-before.ts'
import { readYaml } from '../../config/yaml.ts'
import { root } from '../support/sources.ts'

const profiles = join(root, 'config', 'profiles')
const texts = readdirSync(profiles, { recursive: true })
  .map(String)
  .filter((name) => name.endsWith('.yaml'))
  .map((name) => readFileSync(join(profiles, name), 'utf8'))

test('the build read every profile that comes along, and to what its text says', async () => {
  expect(texts.length).toBeGreaterThan(3)
  for (const text of texts) {
    const read = await readYaml(text)
    expect(read.ok && read.value).toEqual(readBefore(text))
  }
})

test('a text with one character more or less was never read before', () => {
  for (const text of texts) {
    expect(readBefore(`${text} `)).toBeNull()
    expect(readBefore(text.slice(0, -1))).toBeNull()
  }
})
