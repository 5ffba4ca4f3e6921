import { STATEMENT_MAX_RANGES, type StatementRange } from '../../shared/wire/statement.ts'
import { HISTORY } from './bounds.ts'

/** Sequence numbers that one statement counts over: more would hold the packet path up for too long. */
const MOST_NUMBERS = STATEMENT_MAX_RANGES * HISTORY

/** The ranges stream by stream. */
export function* singly(ranges: readonly StatementRange[]): Generator<StatementRange> {
  for (const { stream, streams = 1, first, count } of ranges)
    for (let at = 0; at < streams; at += 1) yield { stream: stream + at, first, count }
}

/**
 * True where a statement would cost the reflector more than it tells: spans that name streams again
 * and again, or too many sequence numbers (more than 2000 calls for ten seconds).
 * @param streams of the session
 */
export function isTooMuch(ranges: readonly StatementRange[], streams: number): boolean {
  const sum = (of: (range: Required<StatementRange>) => number) =>
    ranges.reduce((total, one) => total + of({ streams: 1, ...one }), 0)
  const named = sum((one) => one.streams)
  return (
    named > Math.max(streams, STATEMENT_MAX_RANGES) ||
    sum((one) => one.streams * one.count) > MOST_NUMBERS
  )
}
