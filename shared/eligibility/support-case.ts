import type { Gap, Method, PlaceFound, SupportAnswer } from './around-schema.ts'
import type { ClauseAnswer } from './clause-schema.ts'
import type { Eligibility } from './document.ts'
import { type Scope, utcSpan, utcText } from './scope.ts'

export interface CaseParts {
  readonly site: string
  readonly scope: Scope
  readonly answers: readonly ClauseAnswer[]
  readonly service: Eligibility['service']
  readonly localisation: readonly PlaceFound[]
  readonly gaps: readonly Gap[]
  readonly method: Method
  readonly firstWholePassAfter: Eligibility['firstWholePassAfter']
}

type Filled = Pick<SupportAnswer, 'knowledge' | 'answer'>

/** The eight questions that a support case is opened with, in our words, filled in as far as data go. */
export function supportCase(parts: CaseParts): SupportAnswer[] {
  const all: readonly (readonly [string, Filled])[] = [
    ['What happens, in detail?', description(parts)],
    ['When does it happen, and when not?', occurrence(parts)],
    ['Since when, and did it ever work?', history(parts)],
    ['Are all users affected, or which kind?', users(parts)],
    ['Are all lines and calls affected, or is there a pattern?', pattern(parts)],
    ['What was changed lately, and when?', changes(parts)],
    ['Which calls are examples, by their ids?', CALLS],
    ['Can it be made to happen again, and how?', again(parts)],
  ]
  return all.map(([question, filled], at) => ({ number: at + 1, question, ...filled }))
}

const CALLS: Filled = {
  knowledge: 'not-known',
  answer:
    'The probe measures streams of its own and sees no call of a user. Add the ids of calls in the times named above.',
}

function description({ service, localisation, answers }: CaseParts): Filled {
  const failed = answers
    .filter(({ answer }) => answer === 'NOT MET')
    .map((one) => `${one.id} ${one.leg} ${one.farEnd}: ${one.worst?.detail ?? one.why}`)
  const found = localisation.slice(-3).map(({ where, what }) => `${where}: ${what}`)
  const parts = [service.sentence, ...failed.slice(0, 4), ...found].map((one) =>
    one.endsWith('.') ? one : `${one}.`,
  )
  return {
    knowledge: service.state === 'not-seen' ? 'not-known' : 'partly',
    answer: `${parts.join(' ')} What users noticed is for you to add.`,
  }
}

function occurrence({ scope, service, gaps }: CaseParts): Filled {
  const silences = service.farEnds.flatMap(({ farEnd, silences: all }) =>
    all.map((one) => `${farEnd} silent ${utcSpan(one)}`),
  )
  const others = gaps
    .filter(({ phase, farEnd }) => phase !== 'during' && farEnd !== 'none')
    .map((one) => `${one.farEnd} ${utcSpan(one)}`)
  const times = [`As reported: ${utcSpan(scope.outage)}.`]
  if (silences.length > 0) times.push(`Seen: ${silences.slice(0, 6).join('; ')}.`)
  times.push(
    others.length === 0
      ? 'No other silence of a data centre was seen in the time looked at.'
      : `Other silences in the time looked at: ${others.slice(0, 4).join('; ')}${others.length > 4 ? ` and ${others.length - 4} more` : ''}.`,
  )
  return { knowledge: silences.length > 0 ? 'known' : 'partly', answer: times.join(' ') }
}

function history({ answers, scope, firstWholePassAfter }: CaseParts): Filled {
  const required = answers.filter((one) => one.required)
  const worked = required.filter(({ tally }) => tally.before.met > 0)
  const answer = [
    `In ${utcSpan(scope.span)}, before onset, ${worked.length} of ${required.length} required lines passed at some time.`,
    firstWholePassAfter === null
      ? 'After the end no quarter hour was seen in which all of them passed.'
      : `All of them passed again in the quarter hour of ${utcText(firstWholePassAfter.from)}.`,
  ].join(' ')
  return { knowledge: worked.length > 0 ? 'known' : 'partly', answer }
}

function users({ site, service }: CaseParts): Filled {
  return {
    knowledge: 'partly',
    answer: `Measured at site ${site} alone; users are not seen. ${service.otherSites}.`,
  }
}

function pattern({ answers, service }: CaseParts): Filled {
  const failed = answers.filter(({ tally }) => tally.during.notMet + tally.reference.notMet > 0)
  const legs = [...new Set(failed.map(({ leg, farEnd }) => `${leg} ${farEnd}`))]
  const far = service.farEnds.map(({ farEnd, state }) => `${farEnd} ${state}`).join(', ')
  const where =
    legs.length === 0 ? 'No direction failed by figures.' : `Failing: ${legs.join(', ')}.`
  return {
    knowledge: 'partly',
    answer: `Data centres: ${far}. ${where} Calls of users are not seen.`,
  }
}

function changes({ method, scope }: CaseParts): Filled {
  const near = [
    ...method.changes,
    ...method.acts.filter(({ at }) => at >= scope.span.from && at <= scope.span.to),
  ].sort((a, b) => b.at - a.at)
  const said = near.slice(0, 5).map(({ at, what }) => `${utcText(at)} ${what}`)
  const own =
    said.length === 0
      ? 'No change of the measuring was recorded.'
      : `Of the measuring: ${said.join('; ')}.`
  return { knowledge: 'partly', answer: `${own} Changes of the network are for its owners to add.` }
}

function again({ site, answers }: CaseParts): Filled {
  const ids = [...new Set(answers.filter(({ answer }) => answer === 'NOT MET').map(({ id }) => id))]
  const only = ids.length === 0 ? '' : ` --only ${ids.join(',')}`
  return {
    knowledge: 'partly',
    answer: `To look again: voip-ready check --site ${site}.yaml${only}; the way: voip-ready path --site ${site}.yaml.`,
  }
}
