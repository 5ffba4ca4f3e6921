import { useEffect, useState } from 'preact/hooks'
import { isOver } from '../../shared/plan/run-kinds.ts'
import type { FoundRun, Plan, Run, Session } from './answers.ts'
import { askRun, bearer, cancelRun, runEventsPath } from './api.ts'
import { Found } from './found.tsx'
import { AskBox, allowedText, RUN_NAMES } from './run-ask.tsx'
import { nameOf, utc } from './words.ts'

const STATES: { readonly [state in Run['state']]?: string } = {
  asked: 'waits for its agent',
  taken: 'was taken by its agent',
  running: 'is under way',
}
const ADMINS_ALONE = 'Administrators who are signed in can ask for runs here.'
const UNKNOWN_READER =
  'Whether you may ask for runs cannot be read now. It is asked again every few seconds.'
/** So many of the newest are listed. */
const LISTED = 5

interface RunsProps {
  readonly site: string
  readonly session: Session | null
  readonly plan: Plan | null
  /** Newest first. */
  readonly runs: readonly Run[]
  readonly refresh: () => Promise<void>
}

/** Runs on demand: what the site's plan allows, buttons for who may press them, how a run goes, and what it found. */
export function Runs({ site, session, plan, runs, refresh }: RunsProps) {
  const [told, tell] = useState<Told | null>(null)
  const [refused, refuse] = useState('')
  const { found, why, show } = useFound(site, runs)
  const open = runs.find(({ state }) => !isOver(state))
  useEvents(site, open?.id, (id, text) => tell({ id, text }), refresh)
  const isAdmin = session?.role === 'admin'
  const asked = (why: string) => {
    refuse(why)
    void refresh()
  }
  const cancel = (id: string) => void cancelRun(site, id, session).then(asked)
  return (
    <details class="runs">
      <summary>Run now</summary>
      <p class="quiet">{allowedText(plan)}</p>
      {isAdmin ? (
        <AskBox site={site} session={session} plan={plan} busy={open !== undefined} asked={asked} />
      ) : (
        <p class="quiet">{session === null ? UNKNOWN_READER : ADMINS_ALONE}</p>
      )}
      <p role="status">
        {refused || why}
        {open !== undefined && <Going run={open} told={told} cancel={isAdmin ? cancel : null} />}
      </p>
      {found !== null && <Ended run={found} />}
      {found !== null && <Found run={found} />}
      <ul>
        {runs.slice(0, LISTED).map((run) => (
          <Listed key={run.id} run={run} show={show} />
        ))}
      </ul>
    </details>
  )
}

/** What the agent said of a run last. */
interface Told {
  readonly id: string
  readonly text: string
}

interface GoingProps {
  readonly run: Run
  readonly told: Told | null
  readonly cancel: ((id: string) => void) | null
}

function Going({ run, told, cancel }: GoingProps) {
  return (
    <>
      <b>{RUN_NAMES[run.ask.kind]}: </b>
      {told?.id === run.id ? told.text : (STATES[run.state] ?? run.state)}{' '}
      {cancel !== null && (
        <button type="button" onClick={() => cancel(run.id)}>
          Cancel
        </button>
      )}
    </>
  )
}

function Ended({ run }: { readonly run: FoundRun }) {
  return (
    <p role="status">
      <b>{RUN_NAMES[run.ask.kind]}: </b>
      {run.state}
      {run.why !== '' && `: ${run.why}`}
    </p>
  )
}

function Listed({ run, show }: { readonly run: Run; readonly show: (id: string) => void }) {
  return (
    <li>
      {utc(run.askedAt)} <b>{RUN_NAMES[run.ask.kind]}</b> {STATES[run.state] ?? run.state}
      {run.why !== '' && `: ${run.why}`} <span class="quiet">asked by {nameOf(run.by)}</span>{' '}
      {isOver(run.state) && (
        <button type="button" onClick={() => show(run.id)}>
          Findings
        </button>
      )}
    </li>
  )
}

/** What a run found: of the one that was under way here, as soon as it ended; of others when asked. */
function useFound(site: string, runs: readonly Run[]) {
  const [wanted, want] = useState('')
  const [found, tell] = useState<FoundRun | null>(null)
  const [why, refuse] = useState('')
  const open = runs.find(({ state }) => !isOver(state))?.id
  useEffect(() => {
    if (open !== undefined) want(open)
  }, [open])
  const isReady = runs.some(({ id, state }) => id === wanted && isOver(state))
  useEffect(() => {
    let isWanted = true
    tell(null)
    refuse('')
    if (isReady)
      void askRun(site, wanted).then(
        (run) => isWanted && tell(run),
        (error: Error) => isWanted && refuse(`What it found cannot be read: ${error.message}.`),
      )
    return () => {
      isWanted = false
    }
  }, [site, wanted, isReady])
  return { found, why, show: want }
}

/** Hears how a run goes, and that it ended. A token cannot go with a stream of events: then the list alone tells. */
function useEvents(
  site: string,
  id: string | undefined,
  tell: (id: string, text: string) => void,
  ended: () => Promise<void>,
): void {
  useEffect(() => {
    if (id === undefined || bearer() !== null) return
    const source = new EventSource(runEventsPath(site, id))
    source.onmessage = ({ data }: MessageEvent<string>) => {
      const told = JSON.parse(data) as { readonly type: string; readonly text?: string }
      tell(id, told.text ?? told.type)
    }
    source.addEventListener('state', () => {
      source.close()
      void ended()
    })
    return () => source.close()
  }, [site, id])
}
