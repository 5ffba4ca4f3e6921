import { type Examined, examineBundle } from '../evidence/verify.ts'
import type { TrustedKeys } from '../evidence/verify-items.ts'
import type { VerifyInput } from '../evidence/verify-reading.ts'
import { ok, type Result, refuse } from '../result.ts'
import { openBundleFile, UnpackError } from './file.ts'
import { nodeTools } from './tools.ts'

/** What the verifying party trusts, and (left out: nothing) what reads payloads beside it. */
export type Trust = Pick<VerifyInput, 'keys' | 'byPlan' | 'policy' | 'aside' | 'keepsJudgements'>

/** A bundle that was opened and verified. */
export interface VerifiedFile extends Examined {
  readonly sha256: string
  readonly keys: TrustedKeys
}

/** Verifies the octets of a bundle; the reason when they are none. */
export async function openAndExamine(
  octets: Uint8Array,
  trust: Trust,
): Promise<Result<{ readonly sha256: string; readonly examined: Examined }, string>> {
  const opened = openBundleFile(octets)
  if (!opened.ok) return opened
  const { sha256, lines } = opened.value
  try {
    return ok({ sha256, examined: await examineBundle({ lines, tools: nodeTools, ...trust }) })
  } catch (error) {
    if (error instanceof UnpackError) return refuse(`cannot be unpacked: ${error.message}`)
    throw error
  }
}
