import type { TrustedKeys } from '../evidence/verify-items.ts'
import { formatVkey } from '../evidence/vkey.ts'
import type { Opened } from '../report/standing.ts'
import { openAndExamine, type Trust } from './examine.ts'
import { nodeTools } from './tools.ts'

/** The octets of a bundle, verified for a report, under the name that the report calls it by. */
export async function openForReport(
  { file, octets, policy }: { readonly octets: Uint8Array } & Pick<Opened, 'file' | 'policy'>,
  trust: Trust,
): Promise<Opened> {
  const read = await openAndExamine(octets, { ...trust, keepsJudgements: true })
  const evidence = read.ok ? read.value.examined : { why: read.error }
  return {
    ...{ file, sha256: nodeTools.sha256hex(octets), keys: keysOf(trust, evidence), evidence },
    ...(policy === undefined ? {} : { policy }),
  }
}

/** What was trusted: the keys that were given, and those of the plans where these count. */
function keysOf({ keys, byPlan }: Trust, evidence: Opened['evidence']): TrustedKeys {
  const named = 'why' in evidence ? [] : (evidence.parts?.named ?? [])
  if (byPlan !== true || named.length === 0) return keys
  const all = [...keys.reflector, ...named.map(({ key }) => key)]
  const once = new Map(all.map((key) => [formatVkey(key), key]))
  return { ...keys, reflector: [...once.values()] }
}
