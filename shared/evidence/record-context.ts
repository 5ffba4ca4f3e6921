import type { Time } from '../intervals.ts'
import type { LineOf } from './bundle.ts'
import type { SignedPackets } from './signed-packets.ts'
import type { Report, VerifyTools } from './verify-items.ts'
import type { AgentKeys } from './verify-keys.ts'
import type { MinuteReceipts } from './verify-minute-receipts.ts'
import type { ReflectorKeys } from './verify-reflectors.ts'
import type { RunReceipts } from './verify-run-receipts.ts'
import type { SignedRuns } from './verify-runs.ts'
import type { SeenRecords } from './verify-seen.ts'
import type { Signatures } from './verify-signatures.ts'

/** Of what a bundle is. */
interface BundleContext {
  readonly site: string
  readonly span: Time
  /** Raw rows follow, to be held against the evidence. */
  readonly withRows: boolean
}

/** What a manifest says; null: before it. */
export function bundleContext(manifest: LineOf<'manifest'> | null): BundleContext {
  const { site = '', from = 0, to = 0, rows } = manifest ?? {}
  return { site, span: { from, to }, withRows: rows !== undefined }
}

/** What reading records goes by. */
export interface RecordContext extends BundleContext {
  readonly tools: VerifyTools
  readonly signatures: Signatures
  readonly agentKeys: AgentKeys
  readonly reflectorKeys: ReflectorKeys
  readonly report: Report
  readonly seen: SeenRecords
  readonly records: SignedRuns
  readonly receipts: SignedRuns
  /** Root of the first `size` leaves; undefined: not before here. */
  readonly rootAt: (size: number) => Uint8Array | undefined
  readonly runReceipts: RunReceipts
  readonly minuteReceipts: MinuteReceipts
  readonly signedPackets: SignedPackets
}
