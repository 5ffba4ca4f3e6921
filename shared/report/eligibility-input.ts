import * as v from 'valibot'
import { type Eligibility, EligibilitySchema } from '../eligibility/document.ts'
import { ok, type Result, refuse } from '../result.ts'

/** A document of eligibility from JSON; the first place where it is none. */
export function parseEligibility(value: unknown): Result<Eligibility, string> {
  const parsed = v.safeParse(EligibilitySchema, value, { abortEarly: true })
  if (parsed.success) return ok(parsed.output)
  const [issue] = parsed.issues
  return refuse(`${v.getDotPath(issue) ?? 'document'}: ${issue.message}`.slice(0, 200))
}
