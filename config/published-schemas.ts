import { toJsonSchema } from '@valibot/to-json-schema'
import { CheckResultSchema } from './check-result.ts'

/** The JSON Schemas that others may rely on: file name in config/schemas -> its text. */
export function publishedSchemas(): { readonly [file: string]: string } {
  const check = {
    ...toJsonSchema(CheckResultSchema, { errorMode: 'ignore' }),
    title: 'voip-ready check --json, format voip-ready/check/1',
  }
  return { 'check-result.schema.json': `${JSON.stringify(check, null, 2)}\n` }
}
