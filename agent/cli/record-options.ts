import type { Command } from 'commander'
import { Fault } from '../../shared/errors.ts'

/** What every command is asked whose run the agent of this machine may do and sign. */
export interface RecordOptions {
  readonly record?: boolean
  readonly state: string
}

const USUAL_STATE = '/var/lib/voip-ready-agent'

/** Adds the options of {@link RecordOptions}. */
export function addRecordOptions(command: Command): Command {
  return command
    .option('--record', "let this machine's running agent do it, and keep it in its signed records")
    .option('--state <dir>', 'with --record: the folder that the agent runs with', USUAL_STATE)
}

/**
 * True with `--record`. The agent's plan says then where to look, what to judge by, and what may be.
 * @param own options that only a run of this command itself has, by their attribute names
 * @throws Fault USAGE where one of those is named beside it
 */
export function isRecorded(command: Command, own: readonly string[]): boolean {
  const { record, state } = command.opts<Partial<RecordOptions>>()
  const given = (name: string) => command.getOptionValueSource(name) === 'cli'
  if (record !== true) {
    if (!given('state')) return false
    throw new Fault('USAGE', '--state', '--record beside it', `${state} alone`, 'add --record')
  }
  const options = command.options.filter((one) => own.includes(one.attributeName()))
  const named = options.filter((one) => given(one.attributeName())).map(({ long }) => long)
  if (named.length === 0) return true
  const wanted = "--record with what the agent's own plan leaves open"
  const repair = `leave ${named.join(' and ')} out: its plan, or the site file that it runs with, says that`
  throw new Fault('USAGE', 'arguments', wanted, named.join(' and '), repair)
}
