import { COMMAND } from '../../shared/plan/asked-again.ts'
import { shellWord } from '../../shared/shell-word.ts'
import type { Judgement } from '../../shared/verdict/finding.ts'
import { type HostAndPort, hostAndPortText } from '../cli/arguments.ts'

const UNNAMED = '--site FILE'
const UNCOUNTED = '--calls N'

/** How a command was called: what it advises must run as printed, and look at the same as it did. */
export interface Called {
  /** How it was told of the far ends: `--site leeds.yaml`. */
  readonly named: string
  /** What else shaped what it measured, by the command that takes it: `--codec g729`. */
  readonly shape?: { readonly [command: string]: readonly string[] }
  /** Calls of the busy hour, where anybody said. */
  readonly peak?: number | undefined
}

/** The command at the end of an advice, as who called this one can call that. */
export function asCalled(advice: string, { named, shape = {}, peak }: Called): string {
  return advice.replace(COMMAND, (command: string, name: string) => {
    const whole = command
      .replace(UNNAMED, () => named)
      .replace(UNCOUNTED, peak === undefined ? UNCOUNTED : `--calls ${peak}`)
    const more = (shape[name] ?? []).filter((option) => !whole.includes(` ${nameOf(option)} `))
    return [whole, ...more].join(' ')
  })
}

/** A judgement with such commands, for whoever reads it as a document. */
export function judgementAsCalled(judgement: Judgement, called: Called): Judgement {
  const findings = judgement.findings.map((found) => ({
    ...found,
    advice: asCalled(found.advice, called),
  }))
  return { ...judgement, findings }
}

function nameOf(option: string): string {
  return option.split(' ', 1)[0] ?? ''
}

interface NamingOptions {
  readonly site?: string
  readonly primary?: HostAndPort
  readonly secondary?: HostAndPort
  readonly key?: string
  readonly profile?: string
  readonly record?: boolean
  readonly state?: string
}

/**
 * How a command was told of the far ends, to be written into the commands that it advises. An access
 * key is a secret: its id alone is repeated.
 */
export function namingOf(options: NamingOptions): string {
  const { site, primary, secondary, key, profile, record, state } = options
  const at = (end: HostAndPort) => shellWord(hostAndPortText(end))
  return [
    ...(record === true ? ['--record'] : []),
    ...(record === true && state !== undefined ? ['--state', shellWord(state)] : []),
    ...(site === undefined ? [] : ['--site', shellWord(site)]),
    ...(primary === undefined ? [] : ['--primary', at(primary)]),
    ...(secondary === undefined ? [] : ['--secondary', at(secondary)]),
    ...(key === undefined ? [] : ['--key', `${key.split(':', 1)[0]}:SECRET`]),
    ...(profile === undefined ? [] : ['--profile', shellWord(profile)]),
  ].join(' ')
}

/** An option as it was given; none where it says what is usual. */
export function given(option: string, value: string | number | undefined, usual?: string | number) {
  return value === undefined || value === usual ? [] : [`${option} ${value}`]
}

/** The options that say by what voice was measured; `auto` is the usual engine. */
export function voiceShape(options: { readonly codec?: string; readonly engine?: string }) {
  return [...given('--codec', options.codec), ...given('--engine', options.engine, 'auto')]
}

interface LoadShape {
  readonly codec?: string
  readonly engine?: string
  readonly farEnd?: string
  readonly maxRate: number
  readonly abortLoss: number
}

/** The options of a load that bound it, beside those of voice. */
export function loadShape(
  options: LoadShape,
  usual: Pick<LoadShape, 'maxRate' | 'abortLoss'>,
): string[] {
  const { farEnd, maxRate, abortLoss } = options
  const percent = (share: number) => `${Number((100 * share).toPrecision(6))}%`
  return [
    ...given('--far-end', farEnd),
    ...given('--max-rate', `${maxRate}k`, `${usual.maxRate}k`),
    ...given('--abort-loss', percent(abortLoss), percent(usual.abortLoss)),
    ...voiceShape(options),
  ]
}

export function secondsText(ms: number): string {
  return `${ms / 1000}s`
}
