import type { Hop } from '../../../shared/record/path.ts'
import { PROHIBITED } from '../../../shared/wire/icmp.ts'
import type { TraceAnswer, TraceRow } from '../../trace/types.ts'

/** Bounds of the record: more parallel routers or marks than these are not listed. */
const MOST_ADDRESSES = 4
const MOST_MARKS = 8
const MOST_HOPS = 32

/**
 * The hops of one way, from the answers to probes of voice size: nearest first, up to the last that
 * answered (silent ones between are kept as such). The far end itself is no hop.
 * @param distance TTL at which the far end was reached; null when it was not
 */
export function hopsOf(
  rows: readonly TraceRow[],
  farEnd: string,
  distance: number | null,
  ownerOf: (address: string) => string | undefined,
): Hop[] {
  const voice = rows.filter((row) => row.shape === 'voice' && row.ttl < (distance ?? 65))
  const heard = voice.filter((row) => isHop(row.answer, farEnd)).map((row) => row.ttl)
  const last = distance === null ? Math.max(0, ...heard) : distance - 1
  return Array.from({ length: Math.min(last, MOST_HOPS) }, (_, i) =>
    hopAt(
      i + 1,
      voice.filter((row) => row.ttl === i + 1),
      farEnd,
      ownerOf,
    ),
  )
}

function hopAt(
  ttl: number,
  rows: readonly TraceRow[],
  farEnd: string,
  ownerOf: (address: string) => string | undefined,
): Hop {
  const answers = rows.flatMap(({ answer }) =>
    answer !== null && isHop(answer, farEnd) ? [answer] : [],
  )
  const addresses = byFrequency(answers.map(({ from }) => from)).map(([address]) => address)
  const marks = byFrequency(answers.flatMap(({ tos }) => (tos === null ? [] : [tos >> 2])))
  const owner = addresses[0] === undefined ? undefined : ownerOf(addresses[0])
  return {
    ttl,
    addresses: addresses.slice(0, MOST_ADDRESSES),
    ...(owner === undefined ? {} : { owner }),
    sent: rows.filter(({ notSent }) => !notSent).length,
    answered: answers.length,
    rtt: rttOf(answers),
    dscp: marks.slice(0, MOST_MARKS).map(([value, replies]) => ({ value, replies })),
    ...refusalOf(answers),
  }
}

/** An answer of something on the way, not of the far end. */
function isHop(answer: TraceAnswer | null, farEnd: string): answer is TraceAnswer {
  return answer !== null && answer.kind !== 'echo' && answer.from !== farEnd
}

function refusalOf(answers: readonly TraceAnswer[]): Pick<Hop, 'refusal'> {
  const refused = answers.find(({ kind }) => kind === 'unreachable')
  if (refused === undefined) return {}
  const { code, from } = refused
  const filter = code === PROHIBITED[from.includes(':') ? 6 : 4]
  return { refusal: { code, filter } }
}

/** Nearest-rank quantiles: the smallest value that at least this share does not exceed. */
export function rttOf(answers: readonly TraceAnswer[]): Hop['rtt'] {
  const times = answers
    .flatMap(({ rttMs }) => (rttMs === null ? [] : [rttMs]))
    .sort((a, b) => a - b)
  if (times.length === 0) return null
  const at = (share: number): number =>
    rounded(times[Math.max(0, Math.ceil(share * times.length) - 1)] ?? 0)
  return { minMs: at(0), p50Ms: at(0.5), p95Ms: at(0.95), maxMs: at(1) }
}

/** Microseconds are enough, and shorter. */
export function rounded(ms: number): number {
  return Math.round(ms * 1000) / 1000
}

/** Values with their counts, the most frequent first; equal counts in the order of appearance. */
export function byFrequency<T>(values: readonly T[]): (readonly [T, number])[] {
  const counts = new Map<T, number>()
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1)
  return [...counts].sort((a, b) => b[1] - a[1])
}
