import { toHex, utf8 } from '../evidence/octets.ts'
import type { VerifyTools } from '../evidence/verify-items.ts'
import { annexOf } from './annex.ts'
import { answerOf, countsOf, ruleText, sentenceOf } from './answer.ts'
import type { Exclusion } from './around-schema.ts'
import { type Row, rowsOf } from './cells.ts'
import { chainOf, expected } from './chain.ts'
import type { ClauseAnswer } from './clause-schema.ts'
import { DamageBook } from './damage.ts'
import type { Eligibility } from './document.ts'
import type { Evidence } from './evidence.ts'
import { exclusionsIn } from './exclusions.ts'
import { collectorSilences, gapsIn, lateRecords } from './gaps.ts'
import { localise } from './localise.ts'
import { methodOf } from './method.ts'
import { notExamined } from './not-examined.ts'
import { type Scope, utcText } from './scope.ts'
import { serviceOf } from './service.ts'
import { profileOf, sidesOf } from './sides.ts'
import { supportCase } from './support-case.ts'
import { type Survey, surveyOf } from './survey.ts'
import { takenOutText, withoutTakenOut } from './taken-out.ts'
import type { Answer } from './terms.ts'
import { firstWholePass, timelineOf } from './timeline.ts'

export interface BuildInput {
  readonly evidence: Evidence
  readonly scope: Scope
  readonly tools: Pick<VerifyTools, 'sha256'>
  readonly version: string
  readonly bundle: { readonly file: string; readonly sha256: string }
  /** Name of the file of the policy that verifying demanded; null: none. */
  readonly policy: string | null
  /** Under what name the annex is handed on. */
  readonly annexName: string
}

export interface Built {
  readonly document: Eligibility
  /** The annex, octet for octet as its hash in the document says. */
  readonly csv: string
}

/** Makes the document of eligibility from a verified bundle. The same input gives the same document. */
export function buildEligibility(input: BuildInput): Built {
  const { evidence, scope, tools } = input
  const survey = surveyOf(evidence, scope)
  const exclusions = exclusionsIn(evidence.entries, scope.span)
  const damage = new DamageBook(evidence)
  const all = rowsOf({ evidence, scope, exclusions, damage })
  const { kept, takenOut } = withoutTakenOut(all, { evidence, scope })
  const answered = kept
    .map((row) => ({ row, answer: answerOf(row, scope, survey) }))
    // That one of two legs failed is a row only where it did: its absence is no hole.
    .filter(({ answer }) => answer.leg !== 'either' || answer.asClaimed === 'NOT MET')
    .sort((a, b) => rank(a.answer) - rank(b.answer))
  const rows = answered.map(({ row }) => row)
  const annex = annexOf(rows)
  const sha256 = toHex(tools.sha256(utf8(annex.text)))
  const name = input.annexName
  const answers = answered.map(({ answer }) => answer)
  const parts = { input, survey, damage, exclusions, rows, answers, takenOut }
  const document: Eligibility = {
    ...headOf(parts),
    ...bodyOf(parts),
    annex: { name, rows: annex.rows, sha256 },
    files: [
      { name: input.bundle.file, sha256: input.bundle.sha256 },
      { name, sha256 },
    ],
  }
  return { document, csv: annex.text }
}

interface Parts {
  readonly input: BuildInput
  readonly survey: Survey
  readonly damage: DamageBook
  readonly exclusions: readonly Exclusion[]
  readonly rows: readonly Row[]
  readonly answers: readonly ClauseAnswer[]
  readonly takenOut: ReturnType<typeof withoutTakenOut>['takenOut']
}

const ORDER: readonly Answer[] = ['NOT MET', 'CANNOT BE DETERMINED', 'MET']

/** Required lines first, and of these the worst first. */
function rank({ required, answer }: ClauseAnswer): number {
  return (required ? 0 : ORDER.length) + ORDER.indexOf(answer)
}

type Head = Pick<
  Eligibility,
  | 'format'
  | 'tool'
  | 'site'
  | 'outage'
  | 'span'
  | 'reference'
  | 'question'
  | 'sentence'
  | 'decides'
  | 'contract'
  | 'evidence'
>

function headOf({ input, damage, answers }: Parts): Head {
  const { evidence, scope, version, bundle } = input
  const { manifest, items } = evidence
  const { outage, reference, span } = scope
  const profile = profileOf(evidence, scope)
  const quarterHours = scope.quarters.filter((one) => one.reference).length
  const of = (severity: string) => items.filter((item) => item.severity === severity).length
  const { from, to, site } = manifest
  const state = !evidence.valid ? 'invalid' : evidence.complete ? 'verified' : 'in-part'
  const source = profile === null ? 'the contract' : `${profile.document} ${profile.revision}`
  return {
    format: 'voip-ready/eligibility/1',
    tool: { name: 'voip-ready', version },
    ...{ site, outage: { ...outage }, span: { ...span } },
    reference: { ...reference, quarterHours, rule: ruleText(quarterHours) },
    question: `Did the network of ${site} meet the standards of ${source} when outage ${outage.ref} began at ${utcText(outage.from)}?`,
    sentence: sentenceOf(answers, reference),
    decides: `Whether anything is owed is decided under ${source} and the agreement it belongs to, by those it names. This document says what was measured, and nothing about that.`,
    contract: { profile, ...sidesOf(evidence, scope, damage) },
    evidence: {
      bundle: { ...bundle, from, to },
      ...{ state, says: expected(evidence).says, invalid: of('invalid') },
      ...{ suspicious: of('suspicious'), missing: of('missing') },
    },
  }
}

function bodyOf({ input, survey, exclusions, rows, answers, takenOut }: Parts) {
  const { evidence, scope, tools, bundle, policy } = input
  const silences = collectorSilences(evidence, scope)
  const gaps = gapsIn({ evidence, scope, survey, exclusions, silences })
  const service = serviceOf({ evidence, scope, survey, silences })
  // What failed in a segment before it was taken out of the plan failed there all the same.
  const judged = [...rows, ...takenOut.map(({ row }) => row)]
  const localisation = localise(judged, { evidence, scope, survey })
  const method = methodOf({ evidence, scope, survey, tools })
  const firstWholePassAfter = firstWholePass(rows, scope)
  const { site } = evidence.manifest
  return {
    ...{ answers: [...answers], counts: countsOf(answers), required: requiredOf(answers) },
    timelines: rows.map((row) => timelineOf(row, scope)),
    ...{ firstWholePassAfter, gaps, collectorSilences: silences },
    late: lateRecords(evidence, scope),
    ...{ exclusions: [...exclusions], service, localisation, method },
    chain: chainOf(evidence, scope, { bundle: bundle.file, policy }),
    notExamined: [...takenOut.map(takenOutText), ...notExamined(answers)],
    supportCase: supportCase({
      ...{ site, scope, answers, service, localisation, gaps, method, firstWholePassAfter },
    }),
  }
}

/** All required lines together: MET only where every one is, and there is one at all. */
function requiredOf(answers: readonly ClauseAnswer[]): Answer {
  const { met, notMet, cannot } = countsOf(answers)
  if (notMet > 0) return 'NOT MET'
  return met > 0 && cannot === 0 ? 'MET' : 'CANNOT BE DETERMINED'
}
