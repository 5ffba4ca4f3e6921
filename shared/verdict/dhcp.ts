import type { RequirementOf } from '../profile/schema.ts'
import type { DhcpObservation, DhcpReply } from '../record/dhcp.ts'
import { optionAddresses } from '../record/dhcp-option.ts'
import { dhcpOf } from '../record/kinds.ts'
import { provisioningServed, zoneServed } from './dhcp-follow.ts'
import { valueView, wantedWords } from './dhcp-value.ts'
import type { Finding } from './finding.ts'
import type { JudgedLine } from './judged-line.ts'
import { addUp, type ServerView } from './naming.ts'
import type { ReasonCode } from './reasons.ts'
import { findingOf, joinDetail, NO_SCALE, type Ruling } from './ruling.ts'
import type { Scene } from './scene.ts'
import { judgeUntested } from './untested.ts'

type DhcpLine = RequirementOf<'dhcp-option'>

/**
 * One DHCP option: every server that answered must give it as wanted, and what it names must be
 * there. An option that is absent fails the line only when the phones' own class was sent: a server
 * may keep it for them.
 */
export function judgeDhcpLine(
  line: DhcpLine,
  scene: Scene,
  judged: JudgedLine,
): readonly Finding[] {
  const seen = dhcpOf(scene.observations)
  if (seen === null || judged.missing !== null) return judgeUntested(judged, scene)
  const ruling = obstacleOf(seen) ?? ruleOn(line, seen, scene)
  return [findingOf(line, { leg: 'none', farEnd: 'none' }, NO_SCALE, ruling)]
}

/** Why nothing was heard at all; null where something was. */
function obstacleOf(seen: DhcpObservation): Ruling | null {
  const { obstacle, replies, attempts, malformed } = seen
  if (obstacle !== null) {
    const { code, detail } = obstacle
    return { verdict: 'inconclusive', reason: OBSTACLE[code], detail }
  }
  if (replies.length > 0) return null
  const problems = [...new Set(attempts.map(({ problem }) => problem))].filter(Boolean)
  const asked = seen.interface === null ? '' : `asked on ${where(seen)}`
  const detail = joinDetail(asked, ...problems)
  const reason = malformed > 0 ? 'malformed-answer' : 'no-answer'
  return { verdict: 'inconclusive', reason, detail }
}

const OBSTACLE: {
  readonly [C in NonNullable<DhcpObservation['obstacle']>['code']]: ReasonCode
} = {
  'not-permitted': 'not-permitted',
  'port-taken': 'port-taken',
  'no-interface': 'no-interface',
  failed: 'no-interface',
}

function ruleOn(line: DhcpLine, seen: DhcpObservation, scene: Scene): Ruling {
  const servers = [...new Set(seen.replies.map(({ server }) => server))]
  const views = servers.flatMap((server) => {
    const replies = seen.replies.filter((reply) => reply.server === server)
    return viewsOf(line, replies, seen, scene).map((view) => ({ server, ...view }))
  })
  const ruling = addUp(views, 'dhcp-servers-differ', 'as-wanted')
  const several = servers.length > 1 ? `${servers.length} DHCP servers answer` : ''
  const notes = [several, seen.interface?.chosen === 'first' ? `asked on ${where(seen)}` : '']
  return { ...ruling, n: servers.length, detail: joinDetail(ruling.detail, ...notes) }
}

/** Where was asked; of several interfaces nobody named, the choice is said. */
function where({ interface: chosen }: DhcpObservation): string {
  if (chosen === null) return 'no interface'
  const how = chosen.chosen === 'first' ? ', the first of several' : ''
  return `${chosen.name} (${chosen.address}${how})`
}

type View = Omit<ServerView, 'server'>

/** What one server said of the option, once per different value. */
function viewsOf(
  line: DhcpLine,
  replies: readonly DhcpReply[],
  seen: DhcpObservation,
  scene: Scene,
): readonly View[] {
  const options = replies.flatMap((reply) => reply.options.filter((o) => o.code === line.option))
  if (options.length === 0) return [absence(line, replies, seen)]
  const values = options.filter((o, i) => options.findIndex((other) => other.hex === o.hex) === i)
  return values.map((option): View => {
    const { right, words, reserved } = valueView(line, option)
    if (!right) return { state: 'wrong', reason: 'option-wrong', words }
    const trouble =
      line.type === 'ipv4-list' && line.match === 'present'
        ? zoneServed(option, seen)
        : line.match === 'exact-host-case-insensitive'
          ? provisioningServed(option, seen, nameServers(replies), scene)
          : null
    if (trouble !== null) return { ...trouble, words: `${words}; ${trouble.words}` }
    const reason = reserved === true ? 'accepted-with-warning' : 'as-wanted'
    return { state: 'right', reason, words }
  })
}

function nameServers(replies: readonly DhcpReply[]): readonly string[] {
  const options = replies.flatMap((reply) => reply.options.filter(({ code }) => code === 6))
  return options.flatMap((option) => optionAddresses(option) ?? [])
}

function absence(line: DhcpLine, replies: readonly DhcpReply[], seen: DhcpObservation): View {
  const words = `no option ${line.option}${inHeader(line, replies)}`
  if (seen.vendorClass === null) return { state: 'open', reason: 'vendor-class-needed', words }
  if (line.match === 'if-present') {
    return { state: 'right', reason: 'absent-as-allowed', words }
  }
  return {
    state: 'wrong',
    reason: 'option-missing',
    words: `${words} (wanted ${wantedWords(line)})`,
  }
}

/** Boot server and file may stand in the old header fields, which are not these options. */
function inHeader(line: DhcpLine, replies: readonly DhcpReply[]): string {
  const field = { 66: 'serverName', 67: 'bootFile' }[line.option] as
    | 'serverName'
    | 'bootFile'
    | undefined
  const text =
    field === undefined ? '' : (replies.find((reply) => reply[field] !== '')?.[field] ?? '')
  return text === '' ? '' : `, but "${text.slice(0, 64)}" in the header field,`
}
