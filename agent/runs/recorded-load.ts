import { EXIT } from '../../shared/errors.ts'
import type { RunAsk } from '../../shared/plan/run.ts'
import { type Called, given, judgementAsCalled, namingOf } from '../check/again.ts'
import type { Confirm } from '../cli/confirm.ts'
import type { LoadOptions } from '../cli/load-options.ts'
import type { Output } from '../cli/output.ts'
import type { RecordOptions } from '../cli/record-options.ts'
import { wrap } from '../cli/table.ts'
import { findingLines } from '../load/render-findings.ts'
import { EXIT_OF, writeJunit } from '../load/settle.ts'
import { orderByHand, runningAgent, tellKept } from './order-by-hand.ts'

const WARNING =
  "This makes load, as much as the plan of the agent's site allows: calls and data on the same links " +
  'can suffer meanwhile, so choose a quiet hour. The minutes that it falls into decide nothing. ' +
  'Ctrl-C ends it at once.'

/**
 * `voip-ready capacity --record` and `qos --record`: load made by the running agent of this machine
 * within its plan's consent, and kept in its signed records. Returns the exit code.
 */
export async function recordLoad(
  asked: Pick<RunAsk, 'kind' | 'calls' | 'seconds'>,
  options: Pick<LoadOptions, 'farEnd' | 'junit' | 'json'> & RecordOptions,
  output: Output,
  confirm: Confirm,
): Promise<number> {
  const { farEnd, state, junit, json } = options
  // Nobody is asked for load that would not be made.
  runningAgent(state)
  await confirm(wrap(WARNING, 100).join('\n'))
  const ask = { ...asked, ...(farEnd === undefined ? {} : { farEnd }) }
  const recorded = await orderByHand(state, ask, output)
  const { shown, id, site, kept } = recorded
  const { summary } = shown
  const called: Called = {
    ...{ named: namingOf(options), peak: asked.calls },
    shape: { qos: asked.kind === 'qos' ? given('--calls', asked.calls, 5) : [] },
  }
  const judgement = judgementAsCalled(shown.judgement, called)
  writeJunit(junit, judgement)
  const exit = EXIT_OF[judgement.overall] ?? EXIT.environment
  const format = 'voip-ready/recorded-run/1'
  const text = [
    ...wrap(`site ${site}, ${ask.kind}: ${summary}`, 100),
    '',
    ...findingLines(judgement, output.paint),
  ]
  output.out(
    json === true
      ? `${JSON.stringify({ format, site, run: id, ask, exit, kept, summary, judgement })}\n`
      : `${text.join('\n')}\n`,
  )
  return tellKept(recorded, exit, output)
}
