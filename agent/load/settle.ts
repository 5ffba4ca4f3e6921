import { writeFileSync } from 'node:fs'
import { EXIT, Fault } from '../../shared/errors.ts'
import type { RequirementKind } from '../../shared/profile/schema.ts'
import type { FarEndName } from '../../shared/profile/site.ts'
import type { Observation } from '../../shared/record/kinds.ts'
import { periodOf } from '../../shared/verdict/coverage.ts'
import type { Finding, Judgement, Overall } from '../../shared/verdict/finding.ts'
import { judge } from '../../shared/verdict/judge.ts'
import { countVerdicts, rollUp } from '../../shared/verdict/roll-up.ts'
import type { RunInput } from '../check/input.ts'
import { renderJunit } from '../check/junit.ts'
import type { LoadOptions } from '../cli/load-options.ts'
import type { Output } from '../cli/output.ts'
import { readyFarEnds } from '../far-ends.ts'
import { makeLog } from '../log.ts'
import type { ReadyFarEnd } from '../plan.ts'
import type { LoadInput } from './types.ts'

/** The far ends that a load is asked for. @throws Fault USAGE where the site has no such one */
export async function askedFarEnds(
  input: RunInput,
  { farEnd }: { readonly farEnd?: FarEndName | undefined },
): Promise<ReadyFarEnd[]> {
  const ready = await readyFarEnds(input.site, input.keys, input.where)
  const asked = ready.filter((one) => farEnd === undefined || one.farEnd === farEnd)
  if (asked.length > 0) return asked
  const has = ready.map((one) => one.farEnd).join(' and ')
  throw new Fault('USAGE', 'far end', has, farEnd)
}

export function loadInput(
  input: RunInput,
  farEnds: readonly ReadyFarEnd[],
  { engine, codec }: LoadOptions,
): LoadInput {
  const { localAddress } = input.site
  return {
    ...{ profile: input.profile.profile, farEnds, engine },
    ...(localAddress === undefined ? {} : { localAddress }),
    ...(codec === undefined ? {} : { codec }),
  }
}

/** The lines of one kind, by id. */
export function linesOfKind({ profile }: RunInput, kind: RequirementKind): readonly string[] {
  return profile.profile.requirements.filter((line) => line.kind === kind).map(({ id }) => id)
}

/**
 * Judges some lines from what a load showed, at the far ends that it was offered to.
 * @param stopped it was ended from here: a far end that nothing was seen of had not had its turn
 */
export function judgeLoad(
  input: RunInput,
  onlyLines: readonly string[],
  observations: readonly Observation[],
  farEnds: readonly ReadyFarEnd[],
  stopped = false,
): Judgement {
  const { profile, sha256 } = input.profile
  const now = Date.now()
  const { from, to } = periodOf(observations) ?? { from: now, to: now }
  const whole = judge({ profile, sha256, site: input.site, observations, from, to, onlyLines })
  const names = new Set<string>(farEnds.map(({ farEnd }) => farEnd))
  const asked = whole.findings.filter(({ farEnd }) => farEnd === 'none' || names.has(farEnd))
  const findings = stopped ? asked.map(beforeItsTurn) : asked
  return { ...whole, findings, counts: countVerdicts(findings), overall: rollUp(findings) }
}

function beforeItsTurn(found: Finding): Finding {
  if (found.verdict !== 'not-tested' || found.reason !== 'no-data') return found
  return { ...found, detail: 'stopped before its turn', advice: 'let it run to its end' }
}

export const EXIT_OF: { readonly [O in Overall]: number } = {
  READY: EXIT.pass,
  'NOT READY': EXIT.fail,
  'CANNOT SAY': EXIT.inconclusive,
}

/** @throws Fault STORE where the file cannot be written */
export function writeJunit(file: string | undefined, judgement: Judgement): void {
  if (file === undefined) return
  try {
    writeFileSync(file, renderJunit(judgement))
  } catch (error) {
    const wanted = 'a file that can be written'
    throw new Fault('STORE', `--junit ${file}`, wanted, (error as Error).message)
  }
}

/**
 * Ctrl-C and SIGTERM end a load at once; a second Ctrl-C ends the process, as people expect.
 * @param json what is said meanwhile is a line of JSON
 */
export async function interruptible<T>(
  output: Output,
  body: (signal: AbortSignal, progress: (text: string) => void) => Promise<T>,
  json = false,
): Promise<T & { readonly interrupted: boolean }> {
  const stopping = new AbortController()
  const clear = output.live ? '\r\u001b[K' : ''
  const interrupt = (): void => {
    const word = 'stopping the load; what was seen until now is judged'
    if (json) makeLog('json', output.err, Date.now).info(word)
    else output.err(`${clear}${word}\n`)
    stopping.abort()
  }
  process.once('SIGINT', interrupt)
  process.once('SIGTERM', interrupt)
  const progress = (text: string): void => {
    if (output.live) output.err(`${clear}${text.slice(0, 99)}`)
  }
  try {
    const done = await body(stopping.signal, progress)
    return { ...done, interrupted: stopping.signal.aborted }
  } finally {
    process.off('SIGINT', interrupt)
    process.off('SIGTERM', interrupt)
    if (output.live) output.err(clear)
  }
}
