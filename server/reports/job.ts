import type { Outage } from '../../shared/eligibility/scope.ts'
import type { Format } from '../../shared/report/format.ts'
import type { BundleAsk } from '../bundle/ask.ts'
import type { CutBy } from '../bundle/sources.ts'
import type { WorkerSetup } from '../store/thread/protocol.ts'

/** A bundle under the name that it is handed out by. */
export interface CutBundle {
  readonly file: string
  readonly octets: Uint8Array
}

/** What is to be made of the bundles of a job: of the first one, and of both for a rectification. */
export type ReportAsk =
  | { readonly kind: 'readiness' }
  | { readonly kind: 'rectification' }
  | { readonly kind: 'eligibility'; readonly outage: Outage }
  | {
      readonly kind: 'monthly'
      /** `2026-10`, and the time that it is in its zone, milliseconds since 1970. */
      readonly month: string
      readonly fromMs: number
      readonly toMs: number
      /** IANA name. */
      readonly zone: string
    }

/** Everything that a thread needs to make a report; passes between threads. */
export interface ReportJob {
  readonly ask: ReportAsk
  readonly format: Format
  /** The bundles that it is made of, which the thread cuts itself. */
  readonly bundles: readonly BundleAsk[]
  readonly aside: WorkerSetup
  readonly by: CutBy
  /** Where this collector hands each of them out. */
  readonly paths: readonly string[]
  /** Verifier keys, as this collector knows them. */
  readonly keys: { readonly agent: readonly string[]; readonly log: readonly string[] }
}

/** What the thread says at its end. */
export type ReportReply =
  | { readonly ok: true; readonly octets: Uint8Array }
  /** `refused`: by what was asked, and no failure; `no-log`: this collector keeps none yet. */
  | { readonly ok: false; readonly why: 'refused' | 'no-log' | 'failed'; readonly text: string }
