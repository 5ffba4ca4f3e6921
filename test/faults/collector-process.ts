import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { run, start } from '../support/program.ts'
import type { Victim } from './kill-at-random.ts'

export interface CollectorProcess extends Victim {
  readonly url: string
  readonly pid: number
}

/** A token for the agent that run-recorder.mjs plays; writes it to a file and returns its path. */
export async function addToken(folder: string): Promise<{ file: string; tokens: string }> {
  const tokens = join(folder, 'tokens.json')
  const who = ['--agent', 'faulty', '--site', 'faulty']
  const made = await run(['--json', 'collector', 'tokens', 'add', ...who, '--tokens', tokens])
  const file = join(folder, 'token')
  writeFileSync(file, JSON.parse(made.out).token)
  return { file, tokens }
}

/** The collector as a process of its own, listening; it ends with the running test at the latest. */
export async function startCollector(
  data: string,
  tokens: string,
  more: readonly string[] = [],
): Promise<CollectorProcess> {
  const args = ['--json', 'collector', '--listen', '127.0.0.1:0', '--data', data]
  const { child, says, ended } = start([...args, '--tokens', tokens, ...more])
  const said = await says(/"url":"[^"]+"/)
  return {
    url: /"url":"([^"]+)"/.exec(said)?.[1] ?? '',
    pid: child.pid ?? 0,
    kill: (signal) => child.kill(signal),
    ended: ended.then(({ code }) => code),
  }
}
