import type { CheckResult } from '../../config/check-result.ts'
import type { AskedAtCollector } from '../../shared/plan/run.ts'
import type { Profile } from '../../shared/profile/schema.ts'
import type { Site } from '../../shared/profile/site.ts'
import { streamsOf } from '../../shared/record/kinds.ts'
import { holesIn, holesText } from '../../shared/verdict/coverage.ts'
import { aloneText } from '../../shared/verdict/describe.ts'
import type { Finding, Judgement } from '../../shared/verdict/finding.ts'
import { peerText } from '../cli/arguments.ts'
import { type Paint, paintFor } from '../cli/colour.ts'
import { wrap } from '../cli/table.ts'
import { renderFindings, type TableView, WIDTH } from './findings-table.ts'
import { lineWords } from './line-words.ts'
import { notTestedLines } from './not-tested.ts'
import { surroundingLines } from './surroundings.ts'

/**
 * The whole result of a check for a person: what was measured with what, one table, the lines that
 * nobody looked at in a few words, and the roll-up last, where the eye ends.
 * @param view with `all`, also the lines that were not tested, and those that are told together
 */
export function renderCheck(result: CheckResult, view: TableView): string {
  const { table, rest } = judgementLines(result.judgement, view)
  const seen = surroundingLines(result.observations)
  return `${[...headLines(result), '', ...table, ...seen, ...rest].join('\n')}\n`
}

/** A judgement alone, as whoever asked for a run reads it on this terminal. */
export function printJudgement(
  judgement: Judgement,
  profile: Profile,
  site: Site,
  asked: AskedAtCollector,
): string {
  const paint = paintFor(process.stdout, process.env)
  const view = { words: lineWords(profile, site), paint, asked }
  const { table, rest } = judgementLines(judgement, view)
  return `${[...table, ...rest].join('\n')}\n`
}

function judgementLines(judgement: Judgement, view: TableView) {
  const { all = false } = view
  const judged = judgement.findings
  const shown = judgement.findings.filter((found) => all || found.verdict !== 'not-tested')
  const hidden = judgement.findings.filter((found) => !all && found.verdict === 'not-tested')
  return {
    table: shown.length === 0 ? [] : [...renderFindings(shown, { ...view, judged }), ''],
    rest: [...notTestedLines(hidden, view), ...rollUpLines(judgement, view.paint)],
  }
}

function headLines(result: CheckResult): string[] {
  const { profile } = result.judgement
  return [
    ...wrap(`site ${result.site}: ${streamText(result)}`, WIDTH),
    ...besideLines(result),
    `profile ${profile.id} ${profile.version} (sha256 ${profile.sha256.slice(0, 16)}...)`,
    ...(result.farEnds.length === 0 ? [] : wrap(instrumentLine(result), WIDTH)),
    ...(result.leftOut ?? []).flatMap(({ farEnd, why }) =>
      wrap(`${farEnd} is left out: ${why}`, WIDTH),
    ),
    ...holeLines(result),
    ...result.farEnds.filter((farEnd) => farEnd.state !== 'open').flatMap(unheardLines),
    ...result.farEnds.filter(({ forgotten }) => forgotten === true).flatMap(forgottenLines),
    ...result.farEnds.filter(({ moved }) => moved === true).flatMap(movedLines),
    ...(result.stoppedEarly ? ['stopped before its time: judged on what was seen until then'] : []),
  ]
}

function streamText(result: CheckResult): string {
  const streams = streamsOf(result.observations)
  const first = streams[0]
  if (first === undefined) return 'no voice was measured'
  const seconds = Math.round((result.judgement.to - result.judgement.from) / 1000)
  const over = ({ path }: (typeof streams)[number]) => (path === 'MPLS' ? '' : ` over ${path}`)
  const ends = streams.map((seen) => `${seen.farEnd} ${peerText(seen.peer)}${over(seen)}`)
  const calls = `${first.calls} ${first.calls === 1 ? 'call' : 'calls'} ${first.codec}`
  return `${calls}, DSCP ${first.dscp}, ${seconds} s, to ${ends.join(' and ')}`
}

/** What else was looked at; how long that took as a whole. */
function besideLines({ observations }: CheckResult): string[] {
  const beside = observations.filter(({ kind }) => kind !== 'stream')
  if (beside.length === 0) return []
  const from = Math.min(...observations.map((seen) => seen.from))
  const to = Math.max(...observations.map((seen) => seen.to))
  const kinds = [...new Set(beside.map(({ kind }) => kind))].join(', ')
  return [`also looked at: ${kinds}; all within ${Math.max(1, Math.round((to - from) / 1000))} s`]
}

function unheardLines(farEnd: CheckResult['farEnds'][number]): string[] {
  const name = `${farEnd.farEnd} ${peerText(farEnd)}`
  const detail = farEnd.detail === '' || farEnd.state === 'opening' ? '' : ` (${farEnd.detail})`
  if (farEnd.answeredFrom !== undefined)
    return wrap(`${name} answered from ${peerText(farEnd.answeredFrom)}: ${ELSEWHERE}`, WIDTH)
  const text =
    farEnd.state === 'refused'
      ? `${name} refused the session${detail}`
      : `${name} did not answer${detail}: no reflector there, UDP blocked on the way, or an access ` +
        'key that it does not know (a reflector is silent to strangers)'
  return wrap(text, WIDTH)
}

const ELSEWHERE =
  'no such answer is counted; its host has several addresses (name this one in --listen of the ' +
  'reflector), or a NAT on the way rewrites what comes back'

/** What of the voice's time nobody saw, whatever was decided of it: a pass does not tell. */
function holeLines({ farEnds, observations }: CheckResult): string[] {
  const streams = streamsOf(observations).filter(({ segment }) => segment === undefined)
  const texts = farEnds.flatMap(({ farEnd, state }) => {
    const here = streams.filter((seen) => seen.farEnd === farEnd)
    if (here.length === 0 || (state !== 'open' && state !== 'closed')) return []
    const from = Math.min(...here.map((seen) => seen.from))
    const to = Math.max(...here.map((seen) => seen.to))
    return [[farEnd, holesText(holesIn(here, from, to))] as const]
  })
  return texts.flatMap(([name, text]) => (text === '' ? [] : wrap(`${name} ${text}`, WIDTH)))
}

function forgottenLines({ farEnd }: CheckResult['farEnds'][number]): string[] {
  const text =
    `${farEnd}: could not be asked in time what had arrived there, and had forgotten a part of it when ` +
    'it could: which leg lost a packet is told by its replies alone'
  return wrap(text, WIDTH)
}

function movedLines({ farEnd }: CheckResult['farEnds'][number]): string[] {
  const text =
    `${farEnd}: a NAT on the way gave this host another address or port in mid-run; a call is cut off ` +
    'then: look for its timeouts, a second way out, or a device that was started anew'
  return wrap(text, WIDTH)
}

function instrumentLine(result: CheckResult): string {
  const { capabilities: can } = result
  if (can === null) return 'instrument: did not start'
  const missing = [
    can.setTos ? '' : 'cannot mark',
    can.seeTos ? '' : 'cannot see marks',
    can.seeEgress ? '' : 'cannot watch its own departures',
  ].filter((text) => text !== '')
  return (
    `instrument: engine ${can.engine}, ${can.receiveStamp} receive stamps, ${can.transmitStamp} ` +
    `transmit stamps, ${can.scheduling} scheduling` +
    (missing.length === 0 ? '' : `; ${missing.join(', ')}`)
  )
}

function rollUpLines(judgement: Judgement, paint: Paint): string[] {
  const { overall, counts } = judgement
  const colour = { READY: paint.green, 'NOT READY': paint.red, 'CANNOT SAY': paint.yellow }[overall]
  const sums =
    `${counts.fail} fail, ${counts.inconclusive} inconclusive, ${counts.pass} pass, ` +
    `${counts['not-tested']} not tested`
  const head = `${paint.bold(colour(overall))}${aloneText(judgement)}: ${sums}`
  return [head, ...wrap(whyOverall(judgement), WIDTH)]
}

/** Why the roll-up is what it is, in one sentence. */
export function whyOverall(judgement: Judgement): string {
  const required = judgement.findings.filter((finding) => finding.required)
  if (judgement.overall === 'READY') {
    return judgement.onlyLines === null
      ? 'every required line passed at both data centres.'
      : `what was asked for passed; the other lines of ${judgement.profile.id} were left out (--only).`
  }
  if (judgement.overall === 'NOT READY') {
    const failed = new Set(
      required
        .filter((finding) => finding.verdict === 'fail')
        .map((finding) =>
          [finding.id, finding.farEnd, finding.leg].filter((w) => w !== 'none').join(' '),
        ),
    )
    return `failed: ${[...failed].join('; ')}.`
  }
  const open = required.filter((finding) => finding.verdict === 'inconclusive')
  const unseen = required.filter((finding) => finding.verdict === 'not-tested')
  const parts = [
    open.length === 0 ? '' : `${lineCount(open)} not decided`,
    unseen.length === 0 ? '' : `${lineCount(unseen)} not tested`,
  ].filter((part) => part !== '')
  return `nothing failed, but of the required lines ${parts.join(' and ')}.`
}

function lineCount(findings: readonly Finding[]): string {
  const ids = [...new Set(findings.map((finding) => finding.id))]
  const were = ids.length === 1 ? 'was' : 'were'
  return ids.length <= 4 ? `${ids.join(', ')} ${were}` : `${ids.length} ${were}`
}
