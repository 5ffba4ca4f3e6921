import type { SignedPackets } from './signed-packets.ts'
import type { Report, VerifyTools } from './verify-items.ts'
import type { AgentKeys } from './verify-keys.ts'
import type { MinuteReceipts } from './verify-minute-receipts.ts'
import type { ReflectorKeys } from './verify-reflectors.ts'
import type { RunReceipts } from './verify-run-receipts.ts'
import type { SignedRuns } from './verify-runs.ts'
import type { SeenRecords } from './verify-seen.ts'
import type { Signatures } from './verify-signatures.ts'

/** What reading records goes by. */
export interface RecordContext {
  readonly tools: VerifyTools
  readonly signatures: Signatures
  readonly agentKeys: AgentKeys
  readonly reflectorKeys: ReflectorKeys
  readonly site: string
  /** Raw rows follow, to be held against the evidence. */
  readonly withRows: boolean
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
