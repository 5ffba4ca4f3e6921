import type { Outage } from '../../shared/eligibility/scope.ts'
import type { Format } from '../../shared/report/pdf/render.ts'
import type { CutBundle } from '../bundle/cut.ts'

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
  readonly bundles: readonly CutBundle[]
  /** Where this collector hands each of them out. */
  readonly paths: readonly string[]
  /** Verifier keys, as this collector knows them. */
  readonly keys: { readonly agent: readonly string[]; readonly log: readonly string[] }
  readonly version: string
}

/** What the thread says at its end. */
export type ReportReply =
  | { readonly ok: true; readonly octets: Uint8Array }
  /** `fault`: of what was asked, and no failure. */
  | { readonly ok: false; readonly fault: boolean; readonly why: string }
