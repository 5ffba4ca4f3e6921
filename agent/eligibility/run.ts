import { writeFileSync } from 'node:fs'
import { basename } from 'node:path'
import type { Eligibility } from '../../shared/eligibility/document.ts'
import { type Outage, utcText, wantedSpan } from '../../shared/eligibility/scope.ts'
import { EXIT, Fault } from '../../shared/errors.ts'
import { instantGiven } from '../../shared/instant.ts'
import { determine } from '../../shared/opening/determine.ts'
import type { VerifiedFile } from '../../shared/opening/examine.ts'
import { accessOf, type CollectorAccess, fetchBundle } from '../bundle/fetch.ts'
import { type VerifyOptions, verifyFile } from '../verify/run.ts'
import { toolVersion } from '../version.ts'
import { renderEligibility } from './render.ts'

/** What is asked of a bundle. */
export interface EligibilityAsk extends VerifyOptions {
  /** Left out: the bundle's. */
  readonly site?: string
  readonly from: string
  readonly to: string
  readonly outageRef: string
  /** Milliseconds before onset that decide. */
  readonly reference: number
  readonly csv?: string
}

export interface EligibilityOptions extends EligibilityAsk, CollectorAccess {
  readonly site: string
  readonly bundle?: string
  readonly collector?: string
  readonly out?: string
}

/**
 * `voip-ready eligibility`: verifies a bundle, and says of every line whether the network met it when
 * the outage began. Returns the exit code.
 * @throws Fault USAGE for times, site and span that do not fit; as fetchBundle and verifyFile do
 */
export async function runEligibility(
  options: EligibilityOptions,
  write: (text: string) => void,
  nowMs: number,
): Promise<number> {
  const outage = outageOf(options, nowMs)
  const file = options.bundle ?? (await fetched(options, outage, nowMs))
  const read = await verifyFile(file, options)
  if (!read.ok) return refuse(file, read.error, options, write)
  const document = determineFile(options, outage, { file, nowMs }, read.value)
  write(options.json === true ? `${JSON.stringify(document)}\n` : renderEligibility(document))
  return exitOf(document)
}

/** 5 where the evidence is invalid; else by the required lines together. */
function exitOf({ evidence, required }: Eligibility): number {
  if (evidence.state === 'invalid') return EXIT.evidence
  if (required === 'NOT MET') return EXIT.fail
  return required === 'MET' ? EXIT.pass : EXIT.inconclusive
}

function refuse(
  file: string,
  why: string,
  { json }: EligibilityOptions,
  write: (text: string) => void,
): number {
  const said = { format: 'voip-ready/eligibility/1', file, valid: false, why }
  write(json === true ? `${JSON.stringify(said)}\n` : `${file}\nINVALID: ${why}\n`)
  return EXIT.evidence
}

/** The outage that the options name. @throws Fault USAGE for times and a name that do not fit */
export function outageOf(
  { from, to, outageRef }: Pick<EligibilityAsk, 'from' | 'to' | 'outageRef'>,
  nowMs: number,
): Outage {
  const outage = {
    ref: outageRef.trim(),
    from: instantGiven('--from', from),
    to: instantGiven('--to', to),
  }
  if (outage.ref === '' || outage.ref.length > 100) {
    throw new Fault('USAGE', '--outage-ref', 'a name of 1 to 100 characters', outageRef)
  }
  if (outage.from >= outage.to) throw new Fault('USAGE', '--from', 'a time before --to', from)
  for (const [option, ms, text] of [
    ['--from', outage.from, from],
    ['--to', outage.to, to],
  ] as const) {
    if (ms <= nowMs) continue
    const wanted = `a time that is past (it is ${utcText(nowMs - (nowMs % 1000))})`
    const repair = 'ask again when the outage is over, or give the time until which it is looked at'
    throw new Fault('USAGE', option, wanted, text, repair)
  }
  return outage
}

async function fetched(
  options: EligibilityOptions,
  outage: Outage,
  nowMs: number,
): Promise<string> {
  const { collector, site } = options
  if (collector === undefined) {
    const repair = 'name a file, or the collector that has the evidence'
    throw new Fault('USAGE', 'arguments', '--bundle or --collector', 'neither', repair)
  }
  const span = wantedSpan(outage)
  const name = `${site}-${outage.ref}.bundle`.replaceAll(/[^\w.-]/g, '_')
  const out = options.out ?? name
  await fetchBundle({
    ...{ site, collector, out, from: iso(span.from), to: iso(Math.min(span.to, nowMs)) },
    ...accessOf(options),
  })
  return out
}

/**
 * The document of a verified bundle; its annex is written where one is asked for.
 * @throws Fault USAGE for a site and a span that do not fit, STORE for the annex
 */
export function determineFile(
  options: EligibilityAsk,
  outage: Outage,
  { file, nowMs }: { readonly file: string; readonly nowMs: number },
  verified: VerifiedFile,
): Eligibility {
  const { reference, csv, policy, site } = options
  const { document, csv: annex } = determine(
    {
      ...{ outage, reference, file: basename(file), version: toolVersion(), nowMs },
      ...(site === undefined ? {} : { site }),
      ...(policy === undefined ? {} : { policy: basename(policy) }),
      ...(csv === undefined ? {} : { annex: basename(csv) }),
    },
    verified,
  )
  if (csv !== undefined) writeCsv(csv, annex)
  return document
}

function writeCsv(file: string, csv: string): void {
  try {
    writeFileSync(file, csv)
  } catch (error) {
    const why = error instanceof Error ? error.message : 'unknown'
    throw new Fault('STORE', `--csv ${file}`, 'a file that can be written', why)
  }
}

const iso = (ms: number) => new Date(ms).toISOString()
