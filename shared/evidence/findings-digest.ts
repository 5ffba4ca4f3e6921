import { canonicalJson } from '../profile/canonical.ts'
import type { Finding } from '../verdict/finding.ts'
import { toHex, utf8 } from './octets.ts'
import type { VerifyTools } from './verify-items.ts'

/**
 * SHA-256 of the canonical JSON of what findings decide and by which figures, as verdict entries name it.
 * Their words are left out: a sentence that a later version says better must not make what an earlier
 * one stated look forged.
 */
export function findingsDigest(
  tools: Pick<VerifyTools, 'sha256'>,
  findings: readonly Finding[],
): string {
  const text = canonicalJson(
    findings.map(({ title: _t, detail: _d, advice: _a, ...facts }) => facts),
  )
  if (!text.ok) throw new TypeError(`findings ${text.error.path.join('.')}: ${text.error.why}`)
  return toHex(tools.sha256(utf8(text.value)))
}
