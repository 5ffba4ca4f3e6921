import type { WorkerSetup } from '../store/thread/protocol.ts'
import type { BundleAsk } from './ask.ts'
import type { CutBy } from './sources.ts'
import type { OtherLog } from './span.ts'

/** Everything that a thread needs to write a bundle; passes between threads. */
export interface CutJob {
  readonly aside: WorkerSetup
  readonly by: CutBy
  readonly ask: BundleAsk
  /** An open, empty file: descriptors are the process's, not the thread's. */
  readonly file: number
  /** Where that file is, for how much room there is. */
  readonly directory: string
}

/** What the thread says at its end. */
export type CutReply =
  | { readonly ok: true; readonly octets: number; readonly elsewhere: readonly OtherLog[] }
  /** `no-log`: this collector keeps none yet. */
  | { readonly ok: false; readonly why: 'no-log' | 'no-room' | 'failed'; readonly text: string }
