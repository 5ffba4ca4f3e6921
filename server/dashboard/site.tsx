import { counted } from '../../shared/counted.ts'
import type { Judged, Session, Site } from './answers.ts'
import { FindingsTable, Untested } from './findings.tsx'
import { HistoryBox } from './history/history.tsx'
import type { SiteRead, View } from './live.ts'
import { SiteNotes } from './notes.tsx'
import { Papers } from './papers.tsx'
import { Runs } from './runs.tsx'
import { age, clock, newestOf, TONES, utc, wordOf } from './words.ts'

interface SiteViewProps {
  readonly read: SiteRead
  readonly session: Session | null
  readonly period: View['period']
  readonly look: (period: View['period']) => void
  readonly refresh: () => Promise<void>
}

/** A site: what can be said of it now, why, and what next; its past below. */
export function SiteView({ read, session, period, look, refresh }: SiteViewProps) {
  const { site, judged, history, plan, runs } = read
  const looked = judged.findings.filter(({ verdict }) => verdict !== 'not-tested')
  const not = judged.findings.filter(({ verdict }) => verdict === 'not-tested')
  return (
    <>
      <SiteHead site={site} judged={judged} period={period} look={look} />
      <SiteNotes read={read} />
      <Papers site={site.site} now={site.now} />
      <Runs site={site.site} session={session} plan={plan} runs={runs} refresh={refresh} />
      {looked.length > 0 && <Looked site={site} judged={judged} findings={looked} />}
      <HistoryBox timeline={history.timeline} verdicts={history.verdicts} />
      {not.length > 0 && <Untested findings={not} />}
      <footer>
        Values are held against the limit with their whole error: where the limit lies inside it,
        the verdict is inconclusive.
        {judged.profile.sha256 !== null && ` Profile SHA-256 ${judged.profile.sha256}`}
      </footer>
    </>
  )
}

interface SiteHeadProps {
  readonly site: Site
  readonly judged: Judged
  readonly period: View['period']
  readonly look: (period: View['period']) => void
}

function SiteHead({ site, judged, period, look }: SiteHeadProps) {
  const isNow = site.cause !== null && judged.period.kind === 'window'
  const overall = isNow ? site.overall : judged.overall
  const word = wordOf(site)
  const button = (kind: View['period'], text: string) => (
    <button type="button" aria-pressed={period === kind} onClick={() => look(kind)}>
      {text}
    </button>
  )
  return (
    <div class={`head ${TONES[overall]}`}>
      <h2>{site.site}</h2>
      <span class="word">{overall}</span>
      {(site.cause !== null || word !== site.overall) && <b class="now">{word}</b>}
      <div class="choice">
        {button('window', 'newest minute')}
        {button('interval', 'quarter hour')}
      </div>
      <dl>
        {factsOf(site, judged).map(([name, text]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{text}</dd>
          </div>
        ))}
      </dl>
    </div>
  )
}

function factsOf(site: Site, { period, checks }: Judged): [name: string, text: string][] {
  const missing = site.agents.reduce((sum, { recordsMissing }) => sum + (recordsMissing ?? 0), 0)
  const kind = period.kind === 'window' ? 'minute' : 'quarter hour'
  const running = period.complete ? '' : ' (still running)'
  const agents = site.agents.map((agent) => `${agent.agent} (${lifeOf(agent)})`)
  return [
    ['Judged', `${kind} ${utc(period.from)} – ${clock(period.to)}${running}`],
    ['Records', `${period.records}${period.leftOut > 0 ? `, ${period.leftOut} left out` : ''}`],
    ['Newest data', newestOf(site)],
    ['Beside voice', checks === null ? 'not looked at' : besideText(checks)],
    [
      'Profile',
      site.profile === null ? 'named by no record' : `${site.profile.id} ${site.profile.version}`,
    ],
    ['Agent', agents.join(', ') || 'none enrolled'],
    ...(missing > 0 ? [['Missing', counted(missing, 'record')] as [string, string]] : []),
  ]
}

function besideText({ kinds, startedAt, complete }: NonNullable<Judged['checks']>): string {
  return `${kinds.join(', ')} ${clock(startedAt)}${complete ? '' : ' (parts missing)'}`
}

function lifeOf({ revoked, up, alive, lastRecordAt }: Site['agents'][number]): string {
  if (revoked) return 'key taken back'
  if (up) return 'up'
  const heard = lastRecordAt === null ? 'never heard' : `silent since ${utc(lastRecordAt)}`
  return alive === null ? heard : `${heard}, but alive: asked for work at ${utc(alive.at)}`
}

interface LookedProps {
  readonly site: Site
  readonly judged: Judged
  readonly findings: Judged['findings']
}

/** What was looked at; of a time that a silence has overtaken it does not look like now. */
function Looked({ site, judged, findings }: LookedProps) {
  const { last } = site
  const past = judged.period.kind === 'window' && isPast(site) ? last : null
  return (
    <>
      {past !== null && (
        <h3 class="was">
          As it was at {utc(past.to)}, {age(past.ageSeconds)} ago
        </h3>
      )}
      <div class={past === null ? '' : 'past'}>
        <FindingsTable judged={judged} findings={findings} />
      </div>
    </>
  )
}

/** What the newest minute showed is not how it is: a silence has begun since. */
function isPast({ last, silent, cause, agents }: Site): boolean {
  if (last === null) return false
  const begun = agents.some(({ alive }) => alive?.silent.some(({ since }) => since > last.from))
  return silent || (cause === 'far-ends-silent' && begun)
}
