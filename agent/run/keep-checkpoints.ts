import { logOfCollector, toldLog } from '../ledger/ask-log.ts'
import { LogFollower } from '../ledger/log-follower.ts'
import type { Log } from '../log.ts'
import { sleep } from '../sleep.ts'
import type { SignedClient } from '../uplink/signed-client.ts'
import type { NewsBoard } from './news-board.ts'
import type { LogWord } from './record.ts'
import type { Standing } from './standing.ts'

export interface CheckpointParts {
  readonly standing: Pick<Standing, 'live' | 'state'>
  /** Null where the agent never enrolled: then nothing is followed. */
  readonly client: SignedClient | null
  readonly news: NewsBoard
  readonly log: Log
  readonly stop: AbortSignal
}

/** A record a minute is to name a checkpoint of its own minute. */
const EVERY_MS = 40_000
const SPREAD = 0.25

/**
 * Follows the collector's log until told to stop, by the news of it, and by asking where none come;
 * `word` is what the next record says of it.
 */
export function keepCheckpoints({ standing, client, news, log, stop }: CheckpointParts): {
  readonly word: () => LogWord
  readonly ended: Promise<void>
} {
  const { live, state } = standing
  if (live === null || client === null) return { word: () => ({}), ended: Promise.resolve() }
  const source = logOfCollector(client, stop)
  const pin = live.current().identity.log?.vkey ?? null
  const follower = new LogFollower({ source, state, pin, log, nowMs: Date.now })
  news.logSize = () => follower.word().seen?.size ?? 0
  news.onNews(({ log: told }) => {
    if (told !== null && !stop.aborted) void follower.look(toldLog(told, source))
  })
  const loop = async () => {
    while (!stop.aborted) {
      if (!news.isFresh) await follower.look()
      await sleep(EVERY_MS * (1 + SPREAD * (2 * Math.random() - 1)), stop)
    }
  }
  return { word: follower.word, ended: loop() }
}
