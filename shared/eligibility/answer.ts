import type { Time } from '../intervals.ts'
import type { Cell, Row } from './cells.ts'
import type { ClauseAnswer, Determination, Tally } from './clause-schema.ts'
import { overlapMs, phaseSpan, type Scope, utcSpan } from './scope.ts'
import type { Survey } from './survey.ts'
import type { Answer, Phase, Standing } from './terms.ts'

/** The rule in words, printed in every document. */
export function ruleText(quarterHours: number): string {
  return (
    `NOT MET: at least one of the ${quarterHours} whole quarter hours before onset failed. ` +
    'MET: every one of them passed, save those that were excluded beforehand. ' +
    'CANNOT BE DETERMINED: anything else. What is signed by nobody trusted decides nothing.'
  )
}

/** The answer for one row of quarter hours. */
export function answerOf(row: Row, scope: Scope, survey: Survey): ClauseAnswer {
  const { place, cells } = row
  const reference = referenceOf(row, scope)
  const asClaimed = decide(reference.map((cell) => cell?.said ?? null))
  const proven = decide(reference.map((cell) => (isProven(cell) ? cell.said : null)))
  const before = cells.filter((cell) => cell?.quarter.phase === 'before')
  const standing = weakest(reference)
  return {
    ...{ ...place, answer: proven, asClaimed, standing },
    why: whyOf(reference, proven, asClaimed),
    tally: {
      reference: tally(reference),
      before: tally(ofPhase(row, scope, 'before')),
      during: tally(ofPhase(row, scope, 'during')),
      after: tally(ofPhase(row, scope, 'after')),
    },
    coverage: {
      reference: coverage(reference, scope.reference, place.farEnd, survey),
      ...phaseCoverage(row, scope, survey),
    },
    worst: worstOf(reference),
    lastBefore: before.findLast((cell) => isDecided(cell))?.said ?? null,
    firstPassAfter:
      cells.find((cell) => cell?.quarter.phase === 'after' && cell.said.state === 'met')?.said ??
      null,
  }
}

function referenceOf({ cells }: Row, { quarters }: Scope): (Cell | null)[] {
  return cells.filter((_, at) => quarters[at]?.reference === true)
}

function ofPhase({ cells }: Row, { quarters }: Scope, phase: Phase): (Cell | null)[] {
  return cells.filter((_, at) => quarters[at]?.phase === phase)
}

function isProven(cell: Cell | null): cell is Cell {
  if (cell === null) return false
  // That a time is left out was entered in the log, whoever measured in it.
  return cell.said.state === 'excluded' || cell.said.standing !== 'unproven'
}

function isDecided(cell: Cell | null): cell is Cell {
  return cell?.said.state === 'met' || cell?.said.state === 'not-met'
}

/** What quarter hours add up to; null is one of which nothing is known. */
function decide(all: readonly (Determination | null)[]): Answer {
  if (all.some((said) => said?.state === 'not-met')) return 'NOT MET'
  const counted = all.filter((said) => said?.state !== 'excluded')
  const met = counted.length > 0 && counted.every((said) => said?.state === 'met')
  return met ? 'MET' : 'CANNOT BE DETERMINED'
}

function tally(cells: readonly (Cell | null)[]): Tally {
  const of = (state: string) => cells.filter((cell) => cell?.said.state === state).length
  const [met, notMet, excluded] = [of('met'), of('not-met'), of('excluded')]
  const quarterHours = cells.length
  return {
    quarterHours,
    met,
    notMet,
    undetermined: quarterHours - met - notMet - excluded,
    excluded,
  }
}

function coverage(
  cells: readonly (Cell | null)[],
  time: Time | null,
  farEnd: Row['place']['farEnd'],
  survey: Survey,
): ClauseAnswer['coverage']['before'] {
  const decided = cells.filter(isDecided).length
  const determined = cells.length === 0 ? 0 : decided / cells.length
  if (farEnd === 'none') return { determined, seen: null }
  if (time === null || time.to === time.from) return { determined, seen: 0 }
  const seenMs = survey.farEnds[farEnd].heard.reduce((sum, one) => sum + overlapMs(one, time), 0)
  return { determined, seen: Math.min(1, seenMs / (time.to - time.from)) }
}

function phaseCoverage(row: Row, scope: Scope, survey: Survey) {
  const of = (phase: Phase) =>
    coverage(ofPhase(row, scope, phase), phaseSpan(scope, phase), row.place.farEnd, survey)
  return { before: of('before'), during: of('during'), after: of('after') }
}

const STANDINGS: readonly Standing[] = ['unproven', 'one-side', 'both-sides']

function weakest(cells: readonly (Cell | null)[]): Standing {
  const seen = cells.filter((cell) => cell !== null && cell.records > 0)
  const all = seen.map((cell) => STANDINGS.indexOf(cell?.said.standing ?? 'unproven'))
  return STANDINGS[all.length === 0 ? 0 : Math.min(...all)] ?? 'unproven'
}

/** A fail before anything else, then what came closest to its limit, then what is not decided. */
function worstOf(cells: readonly (Cell | null)[]): Determination | null {
  const order = ['not-met', 'undetermined', 'met', 'excluded']
  const all = cells.flatMap((cell) => (cell === null ? [] : [cell.said]))
  const sorted = all.sort(
    (a, b) =>
      order.indexOf(a.state) - order.indexOf(b.state) || badness(b) - badness(a) || b.from - a.from,
  )
  return sorted[0] ?? null
}

function badness({ value, op }: Determination): number {
  if (value === null) return Number.NEGATIVE_INFINITY
  return op === '>=' ? -value : value
}

function whyOf(cells: readonly (Cell | null)[], proven: Answer, claimed: Answer): string {
  const { quarterHours, met, notMet, undetermined, excluded } = tally(cells)
  const parts = [
    `${met} of ${quarterHours} quarter hours passed`,
    ...(notMet > 0 ? [`${notMet} failed`] : []),
    ...(undetermined > 0 ? [`${undetermined} undetermined (${reasons(cells)})`] : []),
    ...(excluded > 0 ? [`${excluded} excluded beforehand`] : []),
  ]
  const unproven = cells.filter(
    (cell) => cell !== null && cell.records > 0 && cell.said.standing === 'unproven',
  )
  if (unproven.length > 0 && proven !== 'NOT MET') {
    const word = proven === claimed ? '' : 'nothing is proven: '
    const undated = unproven.filter((cell) => cell?.restsOnSite === true).length
    const unsigned = unproven.length - undated
    const rest = [
      ...(unsigned > 0 ? [`${unsigned} rest on nobody's signature`] : []),
      ...(undated > 0
        ? [`${undated} rest on what is said of the site, and no log dates that`]
        : []),
    ]
    parts.push(`${word}${rest.join(', ')}`)
  }
  return parts.join(', ')
}

function reasons(cells: readonly (Cell | null)[]): string {
  const said = cells.map((cell) => (cell === null ? 'not judged' : undecided(cell)))
  const counted = new Map<string, number>()
  for (const reason of said) if (reason !== '') counted.set(reason, (counted.get(reason) ?? 0) + 1)
  return [...counted]
    .sort((a, b) => b[1] - a[1])
    .map(([reason]) => reason)
    .join(', ')
}

function undecided({ said }: Cell): string {
  return said.state === 'undetermined' ? said.reason : ''
}

/** In words: `2 lines MET, 1 NOT MET, 3 CANNOT BE DETERMINED`. */
export function sentenceOf(
  answers: readonly Pick<ClauseAnswer, 'answer' | 'required'>[],
  reference: Time,
): string {
  const { met, notMet, cannot } = countsOf(answers)
  return (
    `Of ${met + notMet + cannot} required lines, ${met} were MET, ${notMet} NOT MET and ` +
    `${cannot} CANNOT BE DETERMINED in ${utcSpan(reference)}`
  )
}

export function countsOf(answers: readonly Pick<ClauseAnswer, 'answer' | 'required'>[]) {
  const of = (word: Answer) => answers.filter((one) => one.required && one.answer === word).length
  return { met: of('MET'), notMet: of('NOT MET'), cannot: of('CANNOT BE DETERMINED') }
}
