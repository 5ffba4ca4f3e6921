import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { publishedSchemas } from '../../config/published-schemas.ts'

test.each(Object.entries(publishedSchemas()))(
  '%s says what the program uses (npm run schemas)',
  (name, text) => {
    const published = readFileSync(new URL(`../../config/schemas/${name}`, import.meta.url), 'utf8')
    expect(JSON.parse(published)).toEqual(JSON.parse(text))
  },
)
