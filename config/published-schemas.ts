import { toJsonSchema } from '@valibot/to-json-schema'
import { EligibilitySchema } from '../shared/eligibility/document.ts'
import { OBSERVATION_PARTS } from '../shared/record/kinds.ts'
import { CheckResultSchema } from './check-result.ts'

/** The JSON Schemas that others may rely on: file name in config/schemas -> its text. */
export function publishedSchemas(): { readonly [file: string]: string } {
  const check = {
    ...toJsonSchema(CheckResultSchema, { errorMode: 'ignore', definitions: OBSERVATION_PARTS }),
    title: 'voip-ready check --json, format voip-ready/check/1',
  }
  const eligibility = {
    ...toJsonSchema(EligibilitySchema, { errorMode: 'ignore' }),
    title: 'voip-ready eligibility --json, format voip-ready/eligibility/1',
  }
  return {
    'check-result.schema.json': written(check),
    'eligibility.schema.json': written(eligibility),
  }
}

function written(schema: object): string {
  return `${JSON.stringify(schema, null, 2)}\n`
}
