import type { FastifyInstance } from 'fastify'
import type * as v from 'valibot'
import { keptOf } from '../bundle/rows.ts'
import { parseStored } from '../ingest/parse.ts'
import { problem } from '../problem.ts'
import type { ToldAbsence } from '../store/history/raw-rows.ts'
import type { Store } from '../store/store.ts'
import { instant } from './answers.ts'
import { PinParams, PinRowsAnswer } from './history-schemas.ts'
import { type PinRoutes, pinAnswer } from './pins.ts'
import { readRoute, siteOf } from './reading.ts'

export interface PinRowsRoutes extends PinRoutes {
  readonly store: Pick<Store, 'between'>
}

/** Records that are looked through for one answer: a day of two agents, and half as much again. */
const MOST_RECORDS = 4500

interface Window {
  readonly agent: string
  readonly sha256: string
  readonly from: number
  readonly to: number
}

/** What became of the raw rows that a pin asks for: nobody waits for what is not to be had. */
export function addPinRowsRoute(app: FastifyInstance, parts: PinRowsRoutes): void {
  const { guard, history, nowMs } = parts
  app.get<{ Params: v.InferOutput<typeof PinParams> }>(
    '/api/v1/sites/:site/pins/:id/rows',
    readRoute(guard, "What became of a pin's raw rows", PinRowsAnswer, { params: PinParams }),
    async (request) => {
      const { site } = siteOf(parts, request, request.params.site)
      const pin = (await history.pins(site)).find(({ id }) => id === request.params.id)
      if (pin === undefined) throw problem('unknown-pin', { found: request.params.id })
      const { windows, truncated } = await windowsOf(parts, site, pin)
      const digests = windows.map(({ sha256 }) => sha256)
      const kept = new Set(await keptOf(history, site, digests))
      const missing = windows.filter(({ sha256 }) => !kept.has(sha256))
      const told = await history.absentRows(site, pin)
      const absent = absentOf(missing, told)
      const gone = absent.reduce((sum, one) => sum + one.windows, 0)
      const rows = {
        ...{ windows: windows.length, kept: kept.size, waiting: missing.length - gone },
        ...{ absent: absent.map(absentAnswer), truncated },
      }
      return { now: instant(nowMs()), site, pin: pinAnswer(pin), rows }
    },
  )
}

/** Every window of an agent that a record of this time signs for, once. */
async function windowsOf(
  { store }: PinRowsRoutes,
  site: string,
  { fromMs, toMs }: { readonly fromMs: number; readonly toMs: number },
): Promise<{ readonly windows: readonly Window[]; readonly truncated: boolean }> {
  const records = await store.between(site, fromMs, toMs, MOST_RECORDS + 1)
  const windows = new Map<string, Window>()
  for (const record of records.slice(0, MOST_RECORDS)) {
    const { agent, evidence = [] } = parseStored(record)
    for (const { rows, from, to } of evidence) {
      if (rows === null || from >= toMs || to <= fromMs) continue
      windows.set(rows.sha256, { agent, sha256: rows.sha256, from, to })
    }
  }
  return { windows: [...windows.values()], truncated: records.length > MOST_RECORDS }
}

type Absent = ToldAbsence & { readonly windows: number }

/** Windows that are not here and that their agent says it cannot bring, by what it says. */
function absentOf(missing: readonly Window[], told: readonly ToldAbsence[]): Absent[] {
  const found = new Map<ToldAbsence, number>()
  for (const window of missing) {
    const why = told.find((one) => speaksOf(one, window))
    if (why !== undefined) found.set(why, (found.get(why) ?? 0) + 1)
  }
  return [...found].map(([why, windows]) => ({ ...why, windows }))
}

function speaksOf(told: ToldAbsence, { agent, sha256, from, to }: Window): boolean {
  if (told.agent !== agent) return false
  if (told.sha256 !== undefined) return told.sha256 === sha256
  return told.from < to && told.to > from
}

function absentAnswer({ agent, cause, from, to, toldMs, windows }: Absent) {
  return {
    ...{ agent, cause, windows, from: instant(from), to: instant(to) },
    toldAt: instant(toldMs),
  }
}
