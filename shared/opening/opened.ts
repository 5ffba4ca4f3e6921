import type { Opened } from '../report/standing.ts'
import { openAndExamine, type Trust } from './examine.ts'
import { nodeTools } from './tools.ts'

/** The octets of a bundle, verified for a report, under the name that the report calls it by. */
export async function openForReport(
  { file, octets, policy }: { readonly octets: Uint8Array } & Pick<Opened, 'file' | 'policy'>,
  trust: Trust,
): Promise<Opened> {
  const read = await openAndExamine(octets, { ...trust, keepsJudgements: true })
  return {
    ...{ file, sha256: nodeTools.sha256hex(octets), keys: trust.keys },
    ...(policy === undefined ? {} : { policy }),
    evidence: read.ok ? read.value.examined : { why: read.error },
  }
}
