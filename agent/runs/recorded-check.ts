import { Fault } from '../../shared/errors.ts'
import { readInput } from '../check/input.ts'
import { type CheckOptions, printCheck } from '../check/run-check.ts'
import type { Output } from '../cli/output.ts'
import { orderByHand, tellKept } from './order-by-hand.ts'

/**
 * `voip-ready check --record`: the same check, done by the running agent of this machine and kept in
 * its signed records. Returns the exit code; what could not be recorded is never a pass.
 */
export async function recordCheck(options: CheckOptions, output: Output): Promise<number> {
  const { duration, calls, only: lines, state } = options
  if (duration > LONGEST_MS) {
    const repair = 'ask for a shorter one, or leave --record out'
    throw new Fault(
      'USAGE',
      '--duration',
      'at most 10m with --record',
      `${duration / 1000} s`,
      repair,
    )
  }
  const ask = {
    ...{ kind: 'check' as const, seconds: Math.round(duration / 1000) },
    ...(calls === 1 ? {} : { calls }),
    ...(lines === undefined ? {} : { lines: [...lines] }),
  }
  const recorded = await orderByHand(state, ask, output)
  const { shown, siteFile, kept, id } = recorded
  if (shown.check === null) throw new Fault('ENGINE', `run ${id}`, 'a check', 'another run')
  const input = await readInput({ site: siteFile })
  const lost = kept === null ? 'no-records' : kept.lost
  const word = { run: id, records: lost === null ? (kept?.records ?? 0) : 0, lost }
  const exit = printCheck({ ...shown.check, recorded: word }, input, options, output)
  return tellKept(recorded, exit, output)
}

const LONGEST_MS = 600_000
