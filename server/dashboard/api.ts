import type { RunAsk } from '../../shared/plan/run.ts'
import type {
  Conflict,
  Fleet,
  FoundRun,
  Judged,
  Months,
  Pin,
  PinRows,
  Plan,
  Problem,
  Run,
  Session,
  Site,
  Timeline,
  Verdicts,
} from './answers.ts'

/** Why something cannot be read. */
export class Unreadable extends Error {
  /** Who signs in, or gives a token, may read. */
  readonly needsAccess: boolean
  /** What to say instead of asking for a sign-in; empty: nothing. */
  readonly instead: string
  /** Of the answer. */
  readonly status: number

  constructor(message: string, status: number, needsAccess = false, instead = '') {
    super(message)
    this.status = status
    this.needsAccess = needsAccess
    this.instead = instead
  }
}

const TOKEN = 'token'

/** The bearer token that was given for this tab; null: none was. */
export function bearer(): string | null {
  return sessionStorage.getItem(TOKEN)
}

/** Keeps a bearer token for this tab; null forgets it. */
export function keepBearer(token: string | null): void {
  if (token === null) sessionStorage.removeItem(TOKEN)
  else sessionStorage.setItem(TOKEN, token)
}

function bearerHeaders(): Record<string, string> {
  const token = bearer()
  return token === null ? {} : { authorization: `Bearer ${token}` }
}

/**
 * Reads one path of the API, of whose answer the type is that of its route.
 * @throws Unreadable where there is none, and what would make it readable
 */
async function ask<T>(path: string): Promise<T> {
  const answer = await fetch(path, { headers: bearerHeaders(), cache: 'no-store' })
  const { status } = answer
  if (status === 401 || status === 403) throw new Unreadable('a token is needed', status, true)
  if (answer.ok) return (await answer.json()) as T
  const problem = await problemOf(answer)
  const told = detailed(problem.title ?? `HTTP ${status}`, problem)
  // Asked by a name that it does not know as its own: who signs in may read.
  if (status === 421)
    throw new Unreadable(told, status, true, `${told}. To mend it: ${problem.repair}`)
  throw new Unreadable(told, status)
}

/** Null where the collector answers that there is no such thing, and only then. */
async function orNull<T>(asked: Promise<T>): Promise<T | null> {
  try {
    return await asked
  } catch (error) {
    if (error instanceof Unreadable && error.status === 404) return null
    throw error
  }
}

async function problemOf(answer: Response): Promise<Problem> {
  return (await answer.json().catch(() => ({}))) as Problem
}

function detailed(title: string, { detail }: Problem): string {
  return detail === undefined ? title : `${title}: ${detail}`
}

const NO_ANSWER = 'The collector does not answer'

/** What a refusal says, with what mends it. */
async function refusalOf(answer: Response | null): Promise<string> {
  if (answer === null) return NO_ANSWER
  const problem = await problemOf(answer)
  const told = detailed(problem.title ?? `HTTP ${answer.status}`, problem)
  return problem.repair === undefined ? told : `${told}. ${problem.repair}`
}

const sitePath = (site: string) => `/api/v1/sites/${encodeURIComponent(site)}`

/** Sites, the worst of them among the first however many there are. */
export const askFleet = () => ask<Fleet>('/api/v1/sites')
export const askNotReady = () => ask<Fleet>('/api/v1/sites?overall=NOT%20READY')
export const askSite = (site: string) => ask<Site>(sitePath(site))
/** The running quarter hour, or the newest one. */
export const askInterval = (site: string) => ask<Judged>(`${sitePath(site)}/findings`)
export const askSession = () => ask<Session>('/api/v1/session')
/** None where this collector keeps no log. */
export const askConflicts = async () =>
  (await orNull(ask<{ readonly conflicts: Conflict[] }>('/api/v1/ledger')))?.conflicts ?? []
export const askTimeline = (site: string, from: string) =>
  ask<Timeline>(`${sitePath(site)}/timeline?from=${from}`)
export const askVerdicts = (site: string, from: string) =>
  ask<Verdicts>(`${sitePath(site)}/findings?from=${from}`)
/** Null: the site has none. */
export const askPlan = async (site: string) =>
  (await orNull(ask<{ readonly plan: Plan }>(`${sitePath(site)}/plan`)))?.plan ?? null
export const askRuns = async (site: string) =>
  (await ask<{ readonly runs: Run[] }>(`${sitePath(site)}/runs`)).runs
export const askRun = (site: string, id: string) => ask<FoundRun>(`${sitePath(site)}/runs/${id}`)
export const askMonths = async (site: string) =>
  (await ask<{ readonly months: Months }>(`${sitePath(site)}/reports`)).months
export const askPins = async (site: string) =>
  (await ask<{ readonly pins: Pin[] }>(`${sitePath(site)}/pins`)).pins
export const askPinRows = async (site: string, id: string) =>
  (await ask<{ readonly rows: PinRows }>(`${sitePath(site)}/pins/${id}/rows`)).rows

/** Where a paper of a site is had. */
export const paperPath = (site: string, what: string, query: Record<string, string>) =>
  `${sitePath(site)}/${what}?${new URLSearchParams(query)}`
/** Where the events of a run are had, as it goes. */
export const runEventsPath = (site: string, id: string) => `${sitePath(site)}/runs/${id}/events`

/** Signs in; what the refusal says, or null. */
export async function signIn(name: string, password: string): Promise<string | null> {
  const answer = await fetch('/api/v1/session', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ name, password }),
  }).catch(() => null)
  if (answer?.ok) return null
  if (answer?.status === 401) return 'Name or password is wrong.'
  if (answer?.status !== 429) return refusalOf(answer)
  const minutes = Math.ceil(Number(answer.headers.get('retry-after')) / 60)
  return `Too many attempts: try again in ${minutes} minutes.`
}

/** What a change is sent with: the token, or what shows that this page sends it. */
function changeHeaders(session: Session | null): Record<string, string> {
  return bearer() === null ? { 'x-csrf-token': session?.csrf ?? '' } : bearerHeaders()
}

/** Ends the session; why it was not ended, or null. */
export async function signOut(session: Session | null): Promise<string | null> {
  const how = { method: 'DELETE', headers: changeHeaders(session) }
  const answer = await fetch('/api/v1/session', how).catch(() => null)
  // Who has no session any more is signed out.
  return answer?.ok || answer?.status === 401 ? null : refusalOf(answer)
}

/** Asks for a run: its id, or why it may not be. */
export async function askForRun(
  site: string,
  wanted: RunAsk,
  session: Session | null,
): Promise<{ readonly id: string } | { readonly refused: string }> {
  const answer = await fetch(`${sitePath(site)}/runs`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...changeHeaders(session) },
    body: JSON.stringify(wanted),
  }).catch(() => null)
  if (answer?.ok) return (await answer.json()) as { readonly id: string }
  return { refused: await refusalOf(answer) }
}

/** Cancels a run; why it was not cancelled, or empty. */
export async function cancelRun(
  site: string,
  id: string,
  session: Session | null,
): Promise<string> {
  const how = { method: 'DELETE', headers: changeHeaders(session) }
  const answer = await fetch(`${sitePath(site)}/runs/${id}`, how).catch(() => null)
  return answer?.ok ? '' : refusalOf(answer)
}

/** A paper as a file, for those who read by a token: a link cannot bear it. */
export async function fetchPaper(
  path: string,
): Promise<{ readonly name: string; readonly file: Blob } | { readonly refused: string }> {
  const answer = await fetch(path, { headers: bearerHeaders() }).catch(() => null)
  if (!answer?.ok) return { refused: await refusalOf(answer) }
  const named = /filename="([^"]+)"/.exec(answer.headers.get('content-disposition') ?? '')
  return { name: named?.[1] ?? 'report', file: await answer.blob() }
}
