import { readFileSync } from 'node:fs'
import { Fault } from '../../shared/errors.ts'
import { callsOf, runRefusal } from '../../shared/plan/consent.ts'
import { parsePlan } from '../../shared/plan/parse-plan.ts'
import type { Plan } from '../../shared/plan/plan.ts'
import { parseAsk, type RunAsk, type RunResult } from '../../shared/plan/run.ts'
import { LOAD_KINDS } from '../../shared/plan/run-kinds.ts'
import { judgeRun } from '../check/check-site.ts'
import { readInput } from '../check/input.ts'
import type { RunFindings } from './executor.ts'
import { RUN_EXECUTORS } from './kinds.ts'
import type { FromRun, RunEnd, RunShown, RunTask, ToRun } from './messages.ts'

/**
 * The program that runApart starts: one run from the plan's word to the findings, told by messages.
 * The agent's last word on consent is spoken here, by the plan that this host holds.
 */
const stopping = new AbortController()
const going = new AbortController()
const MOST_WHY = 1000

process.on('message', (message: ToRun) => {
  if (message.do === 'go') going.abort()
  if (message.do === 'stop') stopping.abort()
  if (message.do === 'task') {
    void runTask(message.task)
      .catch((error: unknown): RunEnd => ({ outcome: 'failed', why: wordsOf(error), result: null }))
      .then((end) => send({ is: 'end', end }))
      .then(() => process.disconnect())
  }
})
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => stopping.abort())
// The agent is gone: nobody would hear of this run, and its load must not go on.
process.on('disconnect', () => process.exit())

async function runTask(task: RunTask): Promise<RunEnd> {
  const asked = parseAsk(task.ask)
  if (!asked.ok) return refused(`what was asked: ${asked.error}`)
  const ask = asked.value
  const open = RUN_EXECUTORS[ask.kind]
  if (open === undefined) return refused(`${ask.kind}: not known to this agent version`)
  const plan = planOf(task)
  const refusal = runRefusal(plan, ask, Date.now())
  if (refusal !== null) {
    const { where, wanted, found } = refusal
    return refused(`${where}: wanted ${wanted}, found ${found}`)
  }
  const input = await readInput({ site: task.siteFile })
  // A line that the profile does not have is found before anything is sent.
  judgeRun(input, [], ask.lines, { from: 0, to: 0 })
  const execute = await open()
  const calls = callsOf(plan, ask)
  await send({ is: 'ready', makesLoad: LOAD_KINDS.has(ask.kind) || calls > 1 })
  await aborted(going.signal, stopping.signal)
  const found = await execute({
    ...{ input, ask, calls, plan, codec: plan?.schedule.codec, engine: task.engine },
    tell: (text) => void send({ is: 'progress', text }),
    stop: stopping.signal,
  })
  return { ...endOf(ask, found), ...(task.show ? { shown: shownOf(found) } : {}) }
}

function shownOf({ judgement, summary = '', check }: RunFindings): RunShown {
  return { judgement, summary, check: check ?? null }
}

function planOf({ planFile }: RunTask): Plan | null {
  if (planFile === null) return null
  const parsed = parsePlan(JSON.parse(readFileSync(planFile, 'utf8')))
  if (!parsed.ok) throw new Error('the plan that is kept here cannot be read')
  return parsed.value
}

function endOf(ask: RunAsk, found: RunFindings): RunEnd {
  const { judgement, observations, evidence = [], stoppedEarly, summary = '' } = found
  const { from, to, overall, profile, findings, onlyLines } = judgement
  const result: RunResult = {
    ...{ from, to, overall, stoppedEarly, profileSha256: profile.sha256 },
    onlyLines: onlyLines === null ? null : [...onlyLines],
    findings: findings.map((finding) => ({ ...finding })),
    observations: [...observations],
    summary: summary.slice(0, 600),
  }
  if (!stoppedEarly) return { outcome: 'done', why: '', result, evidence }
  const why = `the ${ask.kind} was stopped before its time`
  return { outcome: 'cancelled', why, result, evidence }
}

function refused(why: string): RunEnd {
  return { outcome: 'refused', why: why.slice(0, MOST_WHY), result: null }
}

function wordsOf(error: unknown): string {
  const text = error instanceof Fault ? error.message : `defect: ${String(error)}`
  return text.slice(0, MOST_WHY)
}

function send(message: FromRun): Promise<void> {
  return new Promise((resolve) => process.send?.(message, () => resolve()))
}

function aborted(...signals: readonly AbortSignal[]): Promise<void> {
  return new Promise((resolve) => {
    const any = AbortSignal.any([...signals])
    if (any.aborted) resolve()
    else any.addEventListener('abort', () => resolve(), { once: true })
  })
}
