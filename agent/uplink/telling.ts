import type { Log } from '../log.ts'
import { describe } from './fate.ts'
import type { Answer } from './post.ts'
import type { Spool } from './spool.ts'

/** What the uplink tells a person, each thing when it begins and then now and then. */
interface TellingParts {
  readonly log: Log
  readonly spool: Pick<Spool, 'pending'>
}

/** A failure is told when it begins and then at every so many tries, not each time. */
const TELL_EVERY = 20

/** Told once, by whoever finds it. */
export function tellDamaged(log: Log, name: string): void {
  log.error('a spooled record is damaged and was set aside in damaged/', { record: name })
}

export function tellFailure(
  { log, spool }: TellingParts,
  answer: Answer,
  tries: number,
  waitMs: number,
): void {
  if (tries !== 1 && tries % TELL_EVERY !== 0) return
  const nextTrySeconds = Math.ceil(waitMs / 1000)
  log.warn('the collector does not take records; they wait in the spool', {
    ...{ answer: describe(answer), tries, nextTrySeconds, waiting: spool.pending.length },
  })
}

/** @param tries how often those apart were refused; 0: this has been told */
export function tellApart(
  { log, spool }: TellingParts,
  answer: Answer,
  tries: number,
  apartForMs: number,
): void {
  if (tries !== 1 && (tries === 0 || tries % TELL_EVERY !== 0)) return
  log.warn(
    'the collector refuses who sent records: wrong or revoked token or key; they wait apart',
    {
      ...{ answer: describe(answer), tries, nextTrySeconds: Math.ceil(apartForMs / 1000) },
      waiting: spool.pending.length,
    },
  )
}

export function tellTaken({ log, spool }: TellingParts): void {
  log.info('the collector takes records again', { waiting: spool.pending.length })
}
