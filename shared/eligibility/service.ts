import type { ReceiptMark, SeenRecord } from '../evidence/verify-items.ts'
import { type Time, touching } from '../intervals.ts'
import type { FarEndName } from '../profile/site.ts'
import { stretchesOf } from '../verdict/coverage.ts'
import type { FarEndService } from './around-schema.ts'
import { minutesOf } from './backing.ts'
import type { Eligibility } from './document.ts'
import type { Evidence } from './evidence.ts'
import { overlapMs, type Scope, utcSpan, utcText } from './scope.ts'
import { type Break, SHORT_MS, type Survey } from './survey.ts'

const FAR_ENDS: readonly FarEndName[] = ['primary', 'secondary']
/** A data centre that was heard this long of an outage was not lost in it. */
const WHOLE = 0.98
/** Silences that the words about a data centre name; the others they count. */
export const SILENCES_NAMED = 3

interface ServiceParts {
  readonly evidence: Evidence
  readonly scope: Scope
  readonly survey: Survey
  readonly silences: readonly Time[]
}

/**
 * Whether the service was lost while the outage lasted, told apart from a network that missed the
 * contract's figures: what is silent has no figures.
 */
export function serviceOf(parts: ServiceParts): Eligibility['service'] {
  const { evidence, scope } = parts
  const lasted = within(scope)
  const farEnds = FAR_ENDS.map((farEnd) => farEndService(parts, farEnd, lasted))
  const recorded =
    lasted === null
      ? []
      : evidence.touching(lasted).filter(({ record }) => touching(record.window, lasted))
  const state = stateOf(parts, farEnds, recorded, lasted)
  return {
    ...{ state, farEnds, sentence: sentenceOf(state, farEnds) },
    otherSites:
      'not known: a bundle holds one site; bundles of other sites for the same time can be compared',
  }
}

/** The part of the outage that the bundle holds; null: none of it. */
function within({ outage, span }: Scope): Time | null {
  const time = { from: Math.max(outage.from, span.from), to: Math.min(outage.to, span.to) }
  return time.from < time.to ? time : null
}

function stateOf(
  { silences, evidence }: ServiceParts,
  farEnds: readonly FarEndService[],
  recorded: readonly SeenRecord[],
  lasted: Time | null,
): Eligibility['service']['state'] {
  if (lasted === null) return 'not-seen'
  if (recorded.length === 0) {
    const isDeaf = silences.some((one) => touching(one, lasted))
    return !isDeaf && wasSilent(evidence, lasted) ? 'site-silent' : 'not-seen'
  }
  const looked = farEnds.filter(({ state }) => state !== 'not-looked')
  const lost = looked.filter(({ state }) => state !== 'answered')
  if (looked.length === 0) return 'not-seen'
  if (lost.length === 0) return 'none-seen'
  return lost.length === FAR_ENDS.length ? 'loss' : 'partial-loss'
}

/** Whether the site's own chain or the log says that nothing was then: else records may be withheld. */
function wasSilent({ silences, unbroken }: Evidence, time: Time): boolean {
  const { all, dropped } = unbroken.of(time)
  if (dropped) return false
  if (all) return true
  const { word } = silences.of(time)
  return word === 'noted' || (word === 'unsaid' && silences.noteOf(time) !== null)
}

const SENTENCES: { readonly [S in Eligibility['service']['state']]: string } = {
  loss: 'Loss of service: both data centres were silent to this site for at least a part of the outage. What failed then failed because of it, and says nothing of the network before.',
  'partial-loss':
    'One data centre was silent to this site for at least a part of the outage; the other answered.',
  'none-seen':
    'No loss of service was seen: voice packets were answered by both data centres all the time. Whatever failed is a matter of figures, or of something that no probe sees.',
  'site-silent':
    'The site itself delivered nothing while the collector listened: its agent, its host, its power or its line.',
  'not-seen': 'Whether service was lost cannot be told: nothing here speaks of that time.',
}

function sentenceOf(
  state: Eligibility['service']['state'],
  farEnds: readonly FarEndService[],
): string {
  const down = farEnds.filter(
    ({ reflector, state: seen }) => reflector === 'restarted' && seen !== 'answered',
  )
  const cut = farEnds.filter(
    ({ reflector, state: seen }) =>
      reflector === 'kept-running' && seen !== 'answered' && seen !== 'not-looked',
  )
  const said = [
    SENTENCES[state],
    ...down.map(
      ({ farEnd }) =>
        `The reflector of the ${farEnd} data centre lost its sessions: it, or its host, was down.`,
    ),
    ...cut.map(
      ({ farEnd }) =>
        `The reflector of the ${farEnd} data centre kept its session all the while: it was up, and cut off from this site.`,
    ),
  ]
  return said.join(' ')
}

function farEndService(
  { evidence, survey, scope }: ServiceParts,
  farEnd: FarEndName,
  lasted: Time | null,
): FarEndService {
  const nothing: FarEndService = {
    ...{ farEnd, state: 'not-looked', answered: 0, silences: [], reflector: 'not-known' },
    ...{ lastReceiptBefore: null, firstReceiptAfter: null, signed: false },
    detail: 'nothing was sent to it in this time, or nothing of it is here',
  }
  if (lasted === null) return nothing
  const { heard, holes, restarts, ...rest } = survey.farEnds[farEnd]
  const breaks = rest.breaks.filter((one) => touching(one, lasted))
  const looked = holes.filter((hole) => touching(hole, lasted) && hole.cause !== 'no record')
  const heardMs = heard.reduce((sum, one) => sum + overlapMs(one, lasted), 0)
  if (heardMs === 0 && looked.length === 0) return nothing
  const lostMs = breaks.reduce((sum, one) => sum + leastInside(one, lasted), 0)
  const answered = Math.max(0, heardMs - lostMs) / (lasted.to - lasted.from)
  const silences = stretchesOf(looked)
    .map(({ from, to }) => ({ from: Math.max(from, lasted.from), to: Math.min(to, lasted.to) }))
    .filter(({ from, to }) => to - from >= SHORT_MS)
  const whole = answered >= WHOLE || silences.length === 0
  const heardAll = whole && breaks.length === 0
  const state = heardAll ? 'answered' : heardMs === 0 ? 'silent' : 'partly'
  const around = receiptsAround(evidence, farEnd, silences, scope)
  const restarted = restarts.some((one) => silences.some((silence) => touching(one, silence)))
  const reflector = restarted ? 'restarted' : around.reflector
  const all = { ...around, reflector } as const
  const detail = detailOf(state, { silences, breaks }, all)
  return { ...nothing, state, answered: Math.min(1, answered), silences, ...all, detail }
}

/** How much of a break lies in this time wherever in its window it was. */
function leastInside({ lostMs, ...window }: Break, time: Time): number {
  return Math.max(0, lostMs + overlapMs(window, time) - (window.to - window.from))
}

type Around = Pick<
  FarEndService,
  'reflector' | 'lastReceiptBefore' | 'firstReceiptAfter' | 'signed'
>

/** The reflector's signed words on both sides of its silence: did its session live through it? */
function receiptsAround(
  { records }: Evidence,
  farEnd: FarEndName,
  silences: readonly Time[],
  { outage }: Scope,
): Around {
  const [first, last] = [silences[0], silences.at(-1)]
  const begin = first?.from ?? outage.from
  const end = last?.to ?? outage.to
  const marks = minutesOf(records)
    .flatMap(({ receipts }) => receipts.marks)
    .filter((mark) => mark.farEnd === farEnd && mark.segment === undefined)
  const before = newest(marks, begin + SHORT_MS)
  const after = oldest(marks, end - SHORT_MS)
  const signed = before?.proven === true && after?.proven === true
  const same = before !== null && after !== null && before.session === after.session
  return {
    // Another session proves nothing: an agent opens one anew after a long silence.
    reflector: signed && same ? 'kept-running' : 'not-known',
    lastReceiptBefore: before?.lastArrival == null ? null : Math.round(before.lastArrival),
    firstReceiptAfter: after?.firstArrival == null ? null : Math.round(after.firstArrival),
    signed,
  }
}

function newest(marks: readonly ReceiptMark[], until: number): ReceiptMark | null {
  return marks.reduce<ReceiptMark | null>((best, mark) => {
    const at = mark.lastArrival ?? Number.POSITIVE_INFINITY
    return at <= until && at > (best?.lastArrival ?? 0) ? mark : best
  }, null)
}

function oldest(marks: readonly ReceiptMark[], from: number): ReceiptMark | null {
  return marks.reduce<ReceiptMark | null>((best, mark) => {
    const at = mark.firstArrival ?? 0
    return at >= from && at < (best?.firstArrival ?? Number.POSITIVE_INFINITY) ? mark : best
  }, null)
}

function detailOf(
  state: FarEndService['state'],
  { silences, breaks }: { readonly silences: readonly Time[]; readonly breaks: readonly Break[] },
  { lastReceiptBefore, firstReceiptAfter, signed, reflector }: Around,
): string {
  if (state === 'answered') return 'it answered all the time'
  const lost = ({ lostMs, ...at }: Break) => `for ${lostMs / 1000} s within ${utcSpan(at)}`
  const told = [...silences.map(utcSpan), ...breaks.map(lost)]
  const times = told.slice(0, SILENCES_NAMED).join(', ')
  const rest = told.length - SILENCES_NAMED
  const more = rest > 0 ? ` and ${rest} more` : ''
  const sides = [
    lastReceiptBefore === null
      ? 'no receipt from before'
      : `last receipt ${utcText(lastReceiptBefore)}`,
    firstReceiptAfter === null ? 'none from after' : `first again ${utcText(firstReceiptAfter)}`,
  ]
  const whose = signed ? 'both signed by the reflector' : 'not both signed by a trusted reflector'
  const words = {
    'kept-running': 'the same session on both sides',
    restarted: 'it said afterwards that it had been started anew',
    'not-known': 'whether it was up cannot be told',
  }
  return `silent ${times}${more}; ${sides.join(', ')}, ${whose}; ${words[reflector]}`
}
