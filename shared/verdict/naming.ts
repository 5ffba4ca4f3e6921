import type { Profile, RequirementOf } from '../profile/schema.ts'
import type { Site } from '../profile/site.ts'
import { sameCase } from '../record/dns.ts'
import { judgedLines } from './judged-line.ts'
import type { ReasonCode } from './reasons.ts'
import { joinDetail, type Ruling } from './ruling.ts'

/** What DNS and DHCP lines have in common: one server's answer, and what several add up to. */

/** One server's answer to one line. `open`: it cannot be said. */
export interface ServerView {
  readonly server: string
  readonly state: 'right' | 'wrong' | 'open'
  readonly reason: ReasonCode
  /** What it said, short. */
  readonly words: string
}

/** Lines that name records of the same host or service; between them they hold all that it may have. */
export interface NameGroup<K extends 'dns-a' | 'dns-srv'> {
  readonly known: readonly RequirementOf<K>[]
  /** Lines of this name whose value the site file does not give: as many records are nobody's business. */
  readonly open: number
}

/** All lines of one full name, whichever of them are being judged. */
export function groupOf<K extends 'dns-a' | 'dns-srv'>(
  kind: K,
  fullName: string,
  scope: { readonly profile: Profile; readonly site: Site | null },
): NameGroup<K> {
  const same = judgedLines(scope.profile, scope.site).filter(
    ({ requirement }) =>
      requirement.kind === kind &&
      'zone' in requirement &&
      sameCase(fullNameOf(requirement)) === sameCase(fullName),
  )
  const known = same.filter(({ missing }) => missing === null)
  return {
    known: known.map(({ requirement }) => requirement as RequirementOf<K>),
    open: same.length - known.length,
  }
}

export function fullNameOf(line: { readonly name: string; readonly zone: string }): string {
  return `${line.name}.${line.zone}`.replace(/\.$/, '')
}

/**
 * What the servers' answers add up to: one wrong answer fails the line, and where another server is
 * right the reason is that they differ, unless it is one that answers nothing; one that cannot be said
 * leaves the line open.
 */
export function addUp(
  views: readonly ServerView[],
  differing: ReasonCode,
  right: ReasonCode,
): Ruling {
  const of = (state: ServerView['state']) => views.filter((view) => view.state === state)
  const [wrong, open] = [of('wrong'), of('open')]
  const n = views.length
  const detail = wordsOf([...wrong, ...open, ...of('right')])
  const [firstWrong] = [...wrong.filter(({ reason }) => reason !== FAILING), ...wrong]
  if (firstWrong !== undefined) {
    const differ = of('right').length > 0 && wrong.some(({ reason }) => reason !== FAILING)
    const reason = differ ? differing : firstWrong.reason
    return { verdict: 'fail', reason, detail, n }
  }
  const [firstOpen] = open
  if (firstOpen !== undefined) {
    return { verdict: 'inconclusive', reason: firstOpen.reason, detail, n }
  }
  if (n === 0) return { verdict: 'inconclusive', reason: 'no-answer', detail, n }
  return {
    verdict: 'pass',
    reason: of('right').find((v) => v.reason !== right)?.reason ?? right,
    detail,
    n,
  }
}

/** A server that fails contradicts none. */
const FAILING: ReasonCode = 'dns-server-error'
const MOST_SHOWN = 4

/** Servers that said the same stand together: `192.168.0.1 from 10.0.0.53, 10.0.0.54`. */
function wordsOf(views: readonly ServerView[]): string {
  const same = new Map<string, string[]>()
  for (const { server, words } of views) same.set(words, [...(same.get(words) ?? []), server])
  const parts = [...same].map(([words, servers]) => `${words} from ${servers.join(', ')}`)
  const more = parts.length > MOST_SHOWN ? `and ${parts.length - MOST_SHOWN} other answers` : ''
  return joinDetail(...parts.slice(0, MOST_SHOWN), more)
}
