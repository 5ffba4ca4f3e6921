import { Fault } from '../../shared/errors.ts'
import { askedAtCollector } from '../../shared/plan/asked-again.ts'
import type { AskedAtCollector, RunAsk } from '../../shared/plan/run.ts'
import { isOver, type RunState } from '../../shared/plan/run-kinds.ts'
import type { Profile } from '../../shared/profile/schema.ts'
import type { Site } from '../../shared/profile/site.ts'
import { aloneText } from '../../shared/verdict/describe.ts'
import type { Judgement, Overall } from '../../shared/verdict/finding.ts'
import type { Api } from './api.ts'

/** A run as the collector shows it. */
export interface ShownRun {
  readonly id: string
  readonly site: string
  readonly ask: RunAsk
  readonly state: RunState
  readonly why: string
  readonly agent: string | null
  readonly result: { readonly overall: Overall; readonly summary: string } | null
  readonly judged: Judgement | null
}

/** Prints findings as a check does; the table is the agent's, and main hands it in. */
export type FindingsPrinter = (
  judgement: Judgement,
  profile: Profile,
  site: Site,
  asked: AskedAtCollector,
) => Promise<string>

const AGAIN_MS = 1000
const MOST_TRIES = 60

/**
 * Shows how a run goes until it is over, on a terminal in one line, else in a line each; goes on where
 * it was when the connection is cut. Null when the watcher leaves (Ctrl-C). @throws Fault
 */
export async function watchRun(api: Api, site: string, id: string): Promise<ShownRun | null> {
  const leaving = new AbortController()
  const leave = () => leaving.abort()
  process.once('SIGINT', leave).once('SIGTERM', leave)
  const path = `/sites/${site}/runs/${id}`
  const shown = { last: 0 }
  try {
    for (let tries = 0; tries < MOST_TRIES; tries++) {
      const before = shown.last
      const cut = await show(api, path, shown, leaving.signal).then(
        () => null,
        (error: unknown) => error,
      )
      if (leaving.signal.aborted) return null
      if (cut instanceof Fault && cut.code === 'USAGE') throw cut
      const run = await api.ask('GET', path).catch((error: unknown) => {
        if (error instanceof Fault && error.code === 'USAGE') throw error
        return null
      })
      const now = run?.body as ShownRun | undefined
      if (now !== undefined && isOver(now.state)) return now
      if (shown.last > before) tries = 0
      await new Promise((done) => setTimeout(done, AGAIN_MS))
    }
  } finally {
    process.off('SIGINT', leave).off('SIGTERM', leave)
    if (process.stderr.isTTY) process.stderr.write('\r\u001b[K')
  }
  throw new Fault('UNREACHABLE', path, 'a collector that tells of the run', 'no answer')
}

async function show(
  api: Api,
  path: string,
  shown: { last: number },
  stop: AbortSignal,
): Promise<void> {
  for await (const [name, data] of api.events(`${path}/events`, shown.last, stop)) {
    const event = JSON.parse(data) as {
      readonly number?: number
      readonly type?: string
      readonly text?: string
    }
    shown.last = event.number ?? shown.last
    if (name === 'state') return
    tell(event.type === 'progress' ? (event.text ?? '') : (event.type ?? ''))
  }
}

/** In place on a terminal; nothing in a pipe, where only the end counts. */
function tell(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${text.slice(0, 99)}`)
}

/** The end of a run for a person: the findings where there are some, else how it ended. */
export async function tellRun(
  api: Api,
  run: ShownRun,
  printer: FindingsPrinter,
  behind: AskedAtCollector['behind'],
): Promise<string> {
  const { id, site, ask, state, why, agent, judged, result } = run
  const by = agent === null ? '' : ` by ${agent}`
  const head = [`${ask.kind} at ${site}${by}: ${state}${why === '' ? '' : ` (${why})`}`]
  if (result !== null && result.summary !== '') head.push(result.summary)
  if (judged === null) {
    const left = result === null ? [] : [`the agent's word: ${result.overall} (run ${id})`]
    return `${[...head, ...left].join('\n')}\n`
  }
  const { body } = await api.ask('GET', `/profiles/${judged.profile.sha256}`)
  const { profile } = body as { readonly profile: Profile }
  const plan = await api.try('GET', `/sites/${site}/plan`)
  // A site without a plan has none to read.
  if (plan.status >= 400 && plan.status !== 404)
    head.push(
      `the plan of ${site} cannot be read (HTTP ${plan.status}): lines are told without its values`,
    )
  const known = (plan.body as { readonly plan?: { readonly site?: Site } } | null)?.plan?.site
  const bare: Site = { format: 'voip-ready/site/1', site, profile: profile.id, farEnds: {} }
  head.push(`${judged.overall}${aloneText(judged)}, by what this run saw`)
  const asked = askedAtCollector(site, behind)
  return `${head.join('\n')}\n\n${await printer(judged, profile, known ?? bare, asked)}`
}
