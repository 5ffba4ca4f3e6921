import type { Digest } from './digest.ts'

/** The overall of a time: every quarter hour decides. */
export type TimeOverall = 'READY' | 'NOT READY' | 'CANNOT SAY'

export function overallOf({ quarters }: Pick<Digest, 'quarters'>): TimeOverall {
  if (quarters.some(({ overall }) => overall === 'NOT READY')) return 'NOT READY'
  const ready = quarters.length > 0 && quarters.every(({ overall }) => overall === 'READY')
  return ready ? 'READY' : 'CANNOT SAY'
}
