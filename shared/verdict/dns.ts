import type { RequirementOf } from '../profile/schema.ts'
import { type DnsAnswer, type DnsObservation, type DnsOutcome, sameCase } from '../record/dns.ts'
import { dnsOf } from '../record/kinds.ts'
import { dnsNotes, shortNameProven } from './dns-host.ts'
import type { Finding } from './finding.ts'
import type { JudgedLine } from './judged-line.ts'
import { addUp, fullNameOf, groupOf, type ServerView } from './naming.ts'
import type { ReasonCode } from './reasons.ts'
import { findingOf, joinDetail, NO_SCALE, type Ruling } from './ruling.ts'
import type { Scene } from './scene.ts'
import { judgeUntested } from './untested.ts'

type DnsLine = RequirementOf<'dns-a'> | RequirementOf<'dns-srv'>
type State = Omit<ServerView, 'server'>

/**
 * One DNS line: every server asked must hold exactly this record and, with the other lines of the
 * name, no other; the target of a service record must have an address at the same server. Silence
 * leaves the line open, a wrong answer fails it.
 */
export function judgeDnsLine(line: DnsLine, scene: Scene, judged: JudgedLine): readonly Finding[] {
  const seen = dnsOf(scene.observations)
  const ruling = seen === null || judged.missing !== null ? null : ruleOn(line, seen, scene)
  if (ruling === null) return judgeUntested(judged, scene)
  return [findingOf(line, { leg: 'none', farEnd: 'none' }, NO_SCALE, ruling)]
}

/** Null where this name was not asked for. */
function ruleOn(line: DnsLine, seen: DnsObservation, scene: Scene): Ruling | null {
  if (seen.servers.length === 0) return { verdict: 'inconclusive', reason: 'no-dns-server' }
  const name = fullNameOf(line)
  const answers = answersFor(seen, name, line.kind === 'dns-a' ? 'A' : 'SRV')
  if (answers.length === 0) return null
  const stateOf =
    line.kind === 'dns-a' ? addressJudge(line, scene) : serviceJudge(line, seen, scene)
  const views = answers.map((answer) => ({ server: answer.server, ...stateOf(answer) }))
  // A server that was not heard for lack of room is not a server that agreed.
  const unasked = seen.servers.filter(({ address }) => !answers.some((a) => a.server === address))
  const all = [...views, ...unasked.map(({ address }) => ({ server: address, ...NOT_ASKED }))]
  const ruling = addUp(all, 'dns-disagreement', 'as-wanted')
  const detail = joinDetail(ruling.detail, ...dnsNotes(line, seen, answers))
  const short = line.kind === 'dns-a' && ruling.verdict === 'pass'
  if (short && !shortNameProven(line, seen, scene)) {
    return { ...ruling, verdict: 'inconclusive', reason: 'short-name-unproven', detail }
  }
  return { ...ruling, detail }
}

const NOT_ASKED: State = { state: 'open', reason: 'no-answer', words: 'not asked' }

function answersFor(seen: DnsObservation, name: string, type: DnsAnswer['type']): DnsAnswer[] {
  return seen.answers.filter((a) => a.type === type && sameCase(a.name) === sameCase(name))
}

/** What an answer without records means; null where there are records. */
export function withoutRecords({ outcome, detail }: DnsAnswer): State | null {
  if (outcome === 'answer') return null
  const [reason, words] = EMPTY_HANDED[outcome]
  const open = reason === 'no-answer' || reason === 'malformed-answer'
  return {
    state: open ? 'open' : 'wrong',
    reason,
    words: detail === '' ? words : `${words} (${detail})`,
  }
}

const EMPTY_HANDED: {
  readonly [O in Exclude<DnsOutcome, 'answer'>]: readonly [ReasonCode, string]
} = {
  nxdomain: ['dns-no-such-name', 'no such name (NXDOMAIN)'],
  empty: ['dns-empty', 'no such record'],
  servfail: ['dns-server-error', 'SERVFAIL'],
  refused: ['dns-server-error', 'REFUSED'],
  'other-rcode': ['dns-server-error', 'an error code'],
  malformed: ['malformed-answer', 'no DNS answer'],
  truncated: ['no-answer', 'cut off on UDP, no answer by TCP'],
  silent: ['no-answer', 'silence'],
  unreachable: ['no-answer', 'unreachable'],
}

function addressJudge(line: RequirementOf<'dns-a'>, scene: Scene): (answer: DnsAnswer) => State {
  const group = groupOf('dns-a', fullNameOf(line), scene)
  const allowed = new Set(group.known.map(({ value }) => value))
  return (answer) => {
    const none = withoutRecords(answer)
    if (none !== null) return none
    const words = listWords(answer.addresses, answer.more)
    if (!answer.addresses.includes(line.value)) {
      return { state: 'wrong', reason: 'dns-wrong-value', words: `${words}, not ${line.value},` }
    }
    const extra = answer.addresses.filter((address) => !allowed.has(address))
    if (extra.length + answer.more > group.open) {
      return {
        state: 'wrong',
        reason: 'dns-extra',
        words: `unexpected ${listWords(extra, answer.more)}`,
      }
    }
    return { state: 'right', reason: 'as-wanted', words }
  }
}

type Service = DnsAnswer['services'][number]

function serviceJudge(
  line: RequirementOf<'dns-srv'>,
  seen: DnsObservation,
  scene: Scene,
): (answer: DnsAnswer) => State {
  const group = groupOf('dns-srv', fullNameOf(line), scene)
  const allowed = new Set(group.known.map(spelled))
  return (answer) => {
    const none = withoutRecords(answer)
    if (none !== null) return none
    const found = answer.services.map(spelled)
    if (!found.includes(spelled(line))) {
      const words = `${listWords(found, answer.more)}, not ${spelled(line)},`
      return { state: 'wrong', reason: 'dns-wrong-value', words }
    }
    const extra = found.filter((record) => !allowed.has(record))
    if (extra.length + answer.more > group.open) {
      return {
        state: 'wrong',
        reason: 'dns-extra',
        words: `unexpected ${listWords(extra, answer.more)}`,
      }
    }
    return targetState(line, answer, seen)
  }
}

/** Priority, weight, port, target: as a zone file has them; the target's case does not matter. */
function spelled({ priority, weight, port, target }: Service): string {
  return `${priority} ${weight} ${port} ${sameCase(target)}`
}

/** RFC 2782: the target must have an address; at the server that named it, since phones ask there. */
function targetState(
  line: RequirementOf<'dns-srv'>,
  { server }: DnsAnswer,
  seen: DnsObservation,
): State {
  const target = answersFor(seen, line.target, 'A').find((answer) => answer.server === server)
  if (target === undefined) return NOT_ASKED
  const none = withoutRecords(target)
  const record = spelled(line)
  if (none === null) {
    const words = `${record} at ${listWords(target.addresses, target.more)}`
    return { state: 'right', reason: 'as-wanted', words }
  }
  const words = `${record}, whose target gives ${none.words},`
  if (none.state === 'open') return { ...none, words }
  return { state: 'wrong', reason: 'dns-dangling-target', words }
}

function listWords(values: readonly string[], more: number): string {
  const rest = more > 0 ? [`${more} more`] : []
  return [...values, ...rest].join(', ')
}
