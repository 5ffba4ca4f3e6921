import * as v from 'valibot'

/** One signature of a DSSE envelope: `keyid` is a hint, 16 hexadecimal digits; `sig` 64 octets in base64. */
export const SignatureSchema = v.strictObject({
  keyid: v.pipe(v.string(), v.regex(/^[0-9a-f]{16}$/)),
  sig: v.pipe(v.string(), v.base64(), v.length(88)),
})
export type DsseSignature = v.InferOutput<typeof SignatureSchema>
