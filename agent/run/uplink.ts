import type { Log } from '../log.ts'
import { openPoster } from '../uplink/post.ts'
import type { Spool } from '../uplink/spool.ts'
import { startUplink, type Uplink } from '../uplink/uplink.ts'

const ANSWER_WITHIN_MS = 15_000

/** The uplink on the real clock and network. */
export async function openUplink(parts: {
  readonly url: URL
  readonly pin: string | null
  readonly readToken: () => string | null
  readonly spool: Spool
  readonly log: Log
}): Promise<Uplink> {
  const { spool, log, readToken } = parts
  const poster = await openPoster(parts.url, ANSWER_WITHIN_MS, parts.pin)
  const uplink = startUplink({
    ...{ spool, log, readToken, poster, sleep },
    random: Math.random,
    nowMs: Date.now,
  })
  return uplink
}

/** Waits, or less when woken. */
export function sleep(ms: number, wake: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (wake.aborted) return resolve()
    const done = () => {
      clearTimeout(timer)
      wake.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, ms)
    wake.addEventListener('abort', done, { once: true })
  })
}
