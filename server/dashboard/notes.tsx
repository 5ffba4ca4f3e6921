import type { ComponentChildren } from 'preact'
import type { Conflict, Finding, Site } from './answers.ts'
import type { SiteRead } from './live.ts'
import { age, utc } from './words.ts'

const CHECK_FAR_END = 'that UDP passes both ways.'

interface NoteProps {
  readonly alert?: boolean
  readonly quiet?: boolean
  readonly children: ComponentChildren
}

function Note({ alert = false, quiet = false, children }: NoteProps) {
  const tone = quiet ? 'note quiet' : 'note'
  if (!alert) return <p class={tone}>{children}</p>
  return (
    <p class={tone} role="alert">
      {children}
    </p>
  )
}

/** What a person must know beside the verdicts: why there are none, and what to do about it. */
export function SiteNotes({ read }: { readonly read: SiteRead }) {
  const { site, judged, held } = read
  const saysSilence = site.agents.some(({ alive }) => alive !== null && alive.silent.length > 0)
  return (
    <>
      {held.why !== '' && (
        <Note alert>
          What agents hold against the log of this collector cannot be read: {held.why}. It may not
          be what they were shown.
        </Note>
      )}
      {held.conflicts
        .filter((one) => one.site === site.site)
        .map((one) => (
          <ForkNote key={`${one.agent} ${one.what}`} conflict={one} />
        ))}
      <SilenceNote site={site} />
      {!judged.profile.known && judged.profile.sha256 !== null && (
        <Note>
          This collector does not hold the profile that the records name, so it cannot judge them.
          Start it with --profile naming that file. SHA-256 {judged.profile.sha256}
        </Note>
      )}
      {site.agents.map((agent) => (
        <LifeNote key={agent.agent} agent={agent} />
      ))}
      <PlanNotes site={site} />
      {!site.silent && !saysSilence && <UnseenNotes findings={judged.findings} />}
      {judged.period.records === 0 && <Note>No record covers this time.</Note>}
    </>
  )
}

const FORKS: { readonly [what: string]: string } = {
  'two-roots': 'holds two signed heads of one size',
  unproven: 'was not shown that the log continues',
  'rolled-back': 'was shown a shorter log',
  'other-root': 'saw another log of that size',
  beyond: 'saw more of the log than there is',
  'unknown-log': 'saw a log that is not here',
}

/** Somebody was shown another log than this collector's: nobody may miss that. */
function ForkNote({ conflict: { agent, what, size, since } }: { readonly conflict: Conflict }) {
  return (
    <Note alert>
      Evidence: {agent} {FORKS[what] ?? what} ({size} leaves, since {utc(since)}). The ledger was
      rewritten, put back, or is shown in two forms: voip-ready agent ledger on its host has the
      proof.
    </Note>
  )
}

/** Why a site is silent, as far as it can be told from here. */
function SilenceNote({ site }: { readonly site: Site }) {
  const { last, cause } = site
  if (last === null && cause === 'never-enrolled')
    return (
      <Note>
        This site has a plan, and no agent has enrolled for it. Where the collector runs: voip-ready
        collector enrol create --site {site.site}; it prints the line for the agent.
      </Note>
    )
  if (last === null)
    return (
      <Note>
        An agent enrolled for this site, and no record ever came. Check that it runs and reaches
        this collector.
      </Note>
    )
  if (!site.silent) return null
  return (
    <Note>
      Silent: the newest record is of {age(last.ageSeconds)} ago. Below is what was last seen (
      {last.overall} then). {whySilent(site)}
    </Note>
  )
}

function whySilent({ agents }: Site): string {
  if (agents.some(({ up }) => up))
    return 'Its agent delivers, but minutes that are past: it brings what had to wait, or its clock is behind.'
  if (agents.some(({ alive }) => alive !== null))
    return 'Its agent is alive and asks for work, so records are not kept or not taken: the agent’s log says why (a full disk, a refusal).'
  if (agents.every(({ revoked }) => revoked))
    return 'The key (or token) of its agent was taken back, so nothing more is taken from it. To go on measuring here, enrol an agent anew.'
  return 'Check that the agent runs and reaches this collector.'
}

/** What an agent says before any record can: a sign of life, no evidence. */
function LifeNote({ agent: { agent, alive } }: { readonly agent: Site['agents'][number] }) {
  if (alive === null || alive.silent.length === 0) return null
  const ends = alive.silent.map(({ farEnd }) => farEnd).join(' and ')
  const [since = ''] = alive.silent.map((one) => one.since).sort()
  return (
    <Note alert>
      Nothing comes from {ends} since {utc(since)}, says the agent {agent}, which is alive and goes
      on measuring.{' '}
      {alive.heard === 0 &&
        'Each minute waits up to 4 minutes for their word before it is recorded, so the newest one below may be older. '}
      Check the reflector, its key, and {CHECK_FAR_END}
    </Note>
  )
}

/** What the plan says that verdicts do not: an agent goes by another one, or the parties leave this time out. */
function PlanNotes({ site: { plan, now } }: { readonly site: Site }) {
  if (plan === null) return null
  return (
    <>
      {plan.agents
        .filter(({ why }) => why !== '')
        .map(({ agent, version, applied, why }) => (
          <Note key={agent}>
            {agent} refused version {version} of the plan and{' '}
            {applied === null ? 'measures nothing by it' : `still measures by version ${applied}`}:{' '}
            {why}
          </Note>
        ))}
      {plan.maintenance.map(({ id, from, to, why }) => (
        <Note key={id} quiet>
          {from <= now
            ? `Maintenance until ${utc(to)}`
            : `Maintenance from ${utc(from)} to ${utc(to)}`}
          : {why}. Verdicts here are as measured; eligibility leaves out the quarter hours that it
          touches, if it was entered before it began.
        </Note>
      ))}
    </>
  )
}

/** Far ends of which nothing was measured while the agent delivers: their lines stand among those not tested. */
function UnseenNotes({ findings }: { readonly findings: readonly Finding[] }) {
  const silent = findings.filter(({ reason }) => UNSEEN.has(reason))
  const ends = [...new Set(silent.map(({ farEnd }) => farEnd))].filter(
    (end) => end !== 'none' && !findings.some((f) => f.farEnd === end && f.value !== null),
  )
  return (
    <>
      {ends.map((end) => (
        <UnseenNote key={end} end={end} findings={silent} />
      ))}
    </>
  )
}

const UNSEEN: ReadonlySet<string> = new Set(['no-data', 'no-reply', 'answered-elsewhere'])

interface UnseenProps {
  readonly end: Finding['farEnd']
  readonly findings: readonly Finding[]
}

function UnseenNote({ end, findings }: UnseenProps) {
  const elsewhere = findings.find((f) => f.farEnd === end && f.reason === 'answered-elsewhere')
  if (elsewhere === undefined)
    return (
      <Note>
        Nothing came back from {end} in this time, while the agent delivers. Check that its
        reflector runs, its key, and {CHECK_FAR_END}
      </Note>
    )
  return (
    <Note>
      {end} answered from another address than is asked, and no such answer is counted:{' '}
      {elsewhere.detail}. To mend: {elsewhere.advice}.
    </Note>
  )
}
