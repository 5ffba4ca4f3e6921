import { randomUUID } from 'node:crypto'
import { type Keep, Keeper } from './keeper.ts'
import { type Loop, startLoop } from './loop.ts'
import type { QuarterParts } from './quarters.ts'
import { Roller } from './roller.ts'

export interface HistoryParts extends QuarterParts {
  /** Null: everything is kept for ever. */
  readonly keep: Keep | null
  readonly log: HistoryLog | null
}

export interface HistoryLog {
  readonly info: (facts: object, text: string) => void
  readonly error: (facts: object, text: string) => void
}

const ROLLER_REST_MS = 2000
const KEEPER_REST_MS = 10 * 60_000

/** Rolls records up into history and removes what need not be kept, until it is stopped. */
export function startHistory(parts: HistoryParts): Loop {
  const { log } = parts
  const roller = new Roller({ ...parts, claimer: randomUUID() })
  const loops = [
    startLoop({
      turn: () => roller.turn(),
      restMs: ROLLER_REST_MS,
      onError: (err) => log?.error({ err }, 'history not rolled up: tried again in a while'),
    }),
  ]
  if (parts.keep !== null) loops.push(startKeeper(parts, parts.keep))
  return { stop: async () => void (await Promise.all(loops.map((loop) => loop.stop()))) }
}

function startKeeper({ book, nowMs, log }: HistoryParts, keep: Keep): Loop {
  const iso = (ms: number) => new Date(ms).toISOString()
  const keeper = new Keeper({
    ...{ book, keep, nowMs },
    onRemoved: ({ recordsBeforeMs, historyBeforeMs, ...counts }) =>
      log?.info(
        {
          ...counts,
          recordsBefore: iso(recordsBeforeMs),
          historyBefore: iso(historyBeforeMs),
        },
        'removed what was kept long enough',
      ),
  })
  return startLoop({
    turn: () => keeper.turn(),
    restMs: KEEPER_REST_MS,
    onError: (err) => log?.error({ err }, 'old records not removed: tried again in a while'),
  })
}
