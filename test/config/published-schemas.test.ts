import { readFileSync } from 'node:fs'
import { Ajv } from 'ajv'
import { expect, test } from 'vitest'
import { publishedSchemas } from '../../config/published-schemas.ts'
import { SAMPLE } from '../support/eligibility-sample.ts'
import { run, startReflector } from '../support/program.ts'
import { temporaryDirectory } from '../support/temporary.ts'

const published = (name: string): object =>
  JSON.parse(readFileSync(new URL(`../../config/schemas/${name}`, import.meta.url), 'utf8'))

test.each(Object.entries(publishedSchemas()))(
  '%s says what the program uses (npm run schemas)',
  (name, text) => {
    expect(published(name)).toEqual(JSON.parse(text))
  },
)

test('what check --json prints is valid by its published schema, and a key more is not', async () => {
  const reflector = await startReflector(temporaryDirectory())
  const args = ['check', '--primary', `127.0.0.1:${reflector.port}`, '--key', reflector.key]
  const { out } = await run([...args, '--duration', '2s', '--json'])
  const ajv = new Ajv({ strict: false, allErrors: true })
  const validate = ajv.compile(published('check-result.schema.json'))
  const result: object = JSON.parse(out)
  validate(result)
  expect(validate.errors).toBeNull()
  expect(validate({ ...result, extra: 1 })).toBe(false)
})

test.each([
  ['capacity', ['--calls', '2', '--ramp', '1/2s']],
  ['qos', ['--calls', '1', '--step', '2s', '--max-rate', '500k']],
])(
  'what %s --json prints is valid by its published schema, and a key more is not',
  async (what, ask) => {
    const reflector = await startReflector(temporaryDirectory())
    const where = ['--primary', `127.0.0.1:${reflector.port}`, '--key', reflector.key]
    const { out } = await run([what, ...where, ...ask, '--json', '--yes'])
    const ajv = new Ajv({ strict: false, allErrors: true })
    const validate = ajv.compile(published(`${what}.schema.json`))
    const result: object = JSON.parse(out)
    validate(result)
    expect(validate.errors).toBeNull()
    expect(result).toMatchObject({ format: `voip-ready/${what}/1`, judgement: {} })
    expect(validate({ ...result, extra: 1 })).toBe(false)
  },
)

test('a document of eligibility is valid by its published schema, and one without its annex is not', () => {
  const ajv = new Ajv({ strict: false, allErrors: true })
  const validate = ajv.compile(published('eligibility.schema.json'))
  validate(SAMPLE)
  expect(validate.errors).toBeNull()
  expect(validate({ ...SAMPLE, annex: undefined })).toBe(false)
})
