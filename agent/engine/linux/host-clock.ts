import type { HostClockState } from '../types.ts'
import { STA_UNSYNC, TIME_ERROR, TIMEX_BYTES, TIMEX_MAXERROR, TIMEX_STATUS } from './layouts.ts'
import type { Libc } from './libc.ts'
import { allocate } from './memory.ts'

/**
 * What the kernel says of its own clock (adjtimex, read only). A refusal, as some containers have
 * it, is "unknown": never synchronised, no bound.
 */
export function readHostClock(libc: Libc): HostClockState {
  const timex = allocate(libc, TIMEX_BYTES)
  const state = libc.adjtimex(timex.address)
  if (state < 0) return { synchronised: false, maxErrorNs: null, source: 'none' }
  const status = timex.view.getInt32(TIMEX_STATUS, true)
  const synchronised = state !== TIME_ERROR && (status & STA_UNSYNC) === 0
  const maxErrorNs = Number(timex.view.getBigInt64(TIMEX_MAXERROR, true)) * 1000
  return { synchronised, maxErrorNs: synchronised ? maxErrorNs : null, source: 'adjtimex' }
}
