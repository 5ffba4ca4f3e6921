import { toJsonSchema } from '@valibot/to-json-schema'
import { EligibilitySchema } from '../shared/eligibility/document.ts'
import { OBSERVATION_PARTS } from '../shared/record/kinds.ts'
import { RecordSchema } from '../shared/record/record.ts'
import { CheckResultSchema } from './check-result.ts'
import { CapacityResultSchema, QosResultSchema } from './load-results.ts'

/** The JSON Schemas that others may rely on: file name in config/schemas -> its text. */
export function publishedSchemas(): { readonly [file: string]: string } {
  const check = {
    ...toJsonSchema(CheckResultSchema, { errorMode: 'ignore', definitions: OBSERVATION_PARTS }),
    title: 'voip-ready check --json, format voip-ready/check/1',
  }
  const capacity = {
    ...toJsonSchema(CapacityResultSchema, { errorMode: 'ignore', definitions: OBSERVATION_PARTS }),
    title: 'voip-ready capacity --json, format voip-ready/capacity/1',
  }
  const qos = {
    ...toJsonSchema(QosResultSchema, { errorMode: 'ignore', definitions: OBSERVATION_PARTS }),
    title: 'voip-ready qos --json, format voip-ready/qos/1',
  }
  const eligibility = {
    ...toJsonSchema(EligibilitySchema, { errorMode: 'ignore' }),
    title: 'voip-ready eligibility --json, format voip-ready/eligibility/1',
  }
  const record = {
    ...toJsonSchema(RecordSchema, { errorMode: 'ignore', definitions: OBSERVATION_PARTS }),
    title: 'What an agent signs, format voip-ready/record/1, with every kind of observation',
  }
  return {
    'capacity.schema.json': written(capacity),
    'check-result.schema.json': written(check),
    'eligibility.schema.json': written(eligibility),
    'qos.schema.json': written(qos),
    'record.schema.json': written(record),
  }
}

function written(schema: object): string {
  return `${JSON.stringify(schema, null, 2)}\n`
}
