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
  const answers = voice.map(({ ttl, answer }) => ({ ttl, answer: hopAnswer(answer, farEnd) }))
  const routers = new Set(answers.flatMap(({ answer }) => (answer === null ? [] : [answer.from])))
  const refusals = refusalsIn(voice, farEnd)
  // Who only refuses is a hop too, at the distance at which it did so first.
  for (const refusal of refusals)
    if (!routers.has(refusal.answer.from)) {
      routers.add(refusal.answer.from)
      answers.push(refusal)
    }
  const heard = answers.flatMap(({ ttl, answer }) => (answer === null ? [] : [ttl]))
  const last = Math.min(distance === null ? Math.max(0, ...heard) : distance - 1, MOST_HOPS)
  return Array.from({ length: last }, (_, i) => {
    const here = answers.flatMap(({ ttl, answer }) =>
      ttl === i + 1 && answer !== null ? [answer] : [],
    )
    const sent = voice.filter(({ ttl, notSent }) => ttl === i + 1 && !notSent).length
    return { ...hopAt(i + 1, sent, here, ownerOf), ...refusalOf(here, refusals) }
  })
}

function hopAt(
  ttl: number,
  sent: number,
  answers: readonly TraceAnswer[],
  ownerOf: (address: string) => string | undefined,
): Hop {
  const addresses = byFrequency(answers.map(({ from }) => from)).map(([address]) => address)
  const marks = byFrequency(answers.flatMap(({ tos }) => (tos === null ? [] : [tos >> 2])))
  const owner = addresses[0] === undefined ? undefined : ownerOf(addresses[0])
  return {
    ttl,
    addresses: addresses.slice(0, MOST_ADDRESSES),
    ...(owner === undefined ? {} : { owner }),
    sent,
    answered: answers.length,
    rtt: rttOf(answers),
    dscp: marks.slice(0, MOST_MARKS).map(([value, replies]) => ({ value, replies })),
  }
}

/** An answer that says "the TTL ended here": what makes a hop. */
function hopAnswer(answer: TraceAnswer | null, farEnd: string): TraceAnswer | null {
  return answer?.kind === 'time-exceeded' && answer.from !== farEnd ? answer : null
}

interface Refusal {
  readonly ttl: number
  readonly answer: TraceAnswer
}

/** Refusals of what should have been forwarded, the nearest first. */
function refusalsIn(rows: readonly TraceRow[], farEnd: string): readonly Refusal[] {
  return rows
    .flatMap(({ ttl, answer }) =>
      answer?.kind === 'unreachable' && answer.from !== farEnd ? [{ ttl, answer }] : [],
    )
    .sort((a, b) => a.ttl - b.ttl)
}

/** A router refuses packets that would have gone farther, so its refusal belongs to its own hop. */
function refusalOf(
  here: readonly TraceAnswer[],
  refusals: readonly Refusal[],
): Pick<Hop, 'refusal'> {
  const own = new Set(here.map(({ from }) => from))
  const refused = refusals.find(({ answer }) => own.has(answer.from))
  if (refused === undefined) return {}
  const { code, from } = refused.answer
  return { refusal: { code, filter: code === PROHIBITED[from.includes(':') ? 6 : 4] } }
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
