import { join } from 'node:path'
import { PlanFollower } from '../follow-plan/follow.ts'
import type { Log } from '../log.ts'
import { askForWork } from '../runs/ask-for-work.ts'
import { HandDesk } from '../runs/hand-desk.ts'
import { RunRecords } from '../runs/run-records.ts'
import { RunTaker } from '../runs/run-taker.ts'
import type { StreamPlan } from '../stream/types.ts'
import type { SignedClient } from '../uplink/signed-client.ts'
import type { Spread } from '../uplink/spread.ts'
import type { Fieldwork, Job } from './fieldwork.ts'
import type { NewsBoard } from './news-board.ts'
import type { OwnLoad } from './own-load.ts'
import type { Standing } from './standing.ts'

export interface OrderParts {
  readonly work: Fieldwork
  readonly standing: Pick<Standing, 'live' | 'state'>
  /** Null where the agent never enrolled. */
  readonly client: SignedClient | null
  readonly engine: StreamPlan['engine']
  readonly ownLoad: OwnLoad
  readonly news: NewsBoard
  readonly spread: Spread
  readonly log: Log
  readonly stop: AbortSignal
  /** The site file that is measured by; null: the collector's plan says what to do. */
  readonly siteFile: string | null
}

/**
 * Does what the collector says until told to stop: follows its plan, unless a site file was given, and
 * takes the runs that are asked for. Nothing where the agent never enrolled.
 */
export async function obeyCollector(parts: OrderParts): Promise<void> {
  const { work, standing, client, engine, ownLoad, news, spread, log, stop, siteFile } = parts
  const { live, state } = standing
  if (live === null || client === null) return
  const { site } = live.current().identity
  const clocks = { nowMs: Date.now, random: Math.random }
  const records = new RunRecords({
    ...{ folder: state, log, nowMs: Date.now, monotonicMs: () => performance.now() },
    keep: (run) => work.keepRun(run),
  })
  records.tellLost()
  const apply = async (job: Job) => {
    await work.apply(job)
    records.tellLost()
  }
  const follower =
    siteFile === null ? new PlanFollower({ client, state, site, apply, news, log, stop }) : null
  const source = () => {
    if (siteFile !== null) return { siteFile, planFile: null }
    const folder = follower?.folder ?? null
    if (folder === null) return null
    return { siteFile: join(folder, 'site.json'), planFile: join(folder, 'plan.json') }
  }
  const runs = new RunTaker({ client, source, engine, ownLoad, records, log, ...clocks })
  const { farEnds } = work
  const questions = { client, runs, farEnds, news, spread, plan: follower, log, stop, ...clocks }
  const ranBy = () => source()?.siteFile ?? null
  const desk = new HandDesk({ state, runs, siteFile: ranBy, log, nowMs: Date.now })
  await Promise.all([follower?.run(), askForWork(questions), desk.run(stop)])
}
