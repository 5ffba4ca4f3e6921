import { EXIT, Fault } from '../../shared/errors.ts'
import { type Observation, pathsOf, sipAlgsOf } from '../../shared/record/kinds.ts'
import { type RunInput, readInput } from '../check/input.ts'
import type { HostAndPort } from '../cli/arguments.ts'
import type { Output } from '../cli/output.ts'
import { readyFarEnds } from '../far-ends.ts'
import { sipMeans } from '../io/sip-means.ts'
import { pathProbe } from '../probes/path/path.ts'
import { sipAlgProbe } from '../probes/sip-alg/sip-alg.ts'
import { runTrace } from '../trace/start.ts'
import { toolVersion } from '../version.ts'
import { renderPath } from './render-path.ts'
import { renderSip } from './render-sip.ts'

/** What `path` was asked on the command line. */
export interface PathOptions {
  readonly site?: string
  readonly primary?: HostAndPort
  readonly secondary?: HostAndPort
  readonly key?: string
  readonly profile?: string
  /** Probes per hop. */
  readonly count: number
  /** Other source ports. */
  readonly spread: number
  /** Also try how long idle flows stay open: about a minute more. */
  readonly idle?: boolean
  /** False with --no-sip. */
  readonly sip: boolean
  readonly engine: 'auto' | 'linux' | 'dgram'
  readonly json?: boolean
}

/**
 * `voip-ready path`: traces the way to every far end of the site and prints it hop by hop. Returns the
 * exit code: 0 the mark is whole and every far end answered, 1 the mark changes on the way, 2 it
 * cannot be said.
 */
export async function runPath(options: PathOptions, output: Output): Promise<number> {
  const input = await readInput(options)
  const farEnds = await readyFarEnds(input.site, input.keys, input.where)
  const { count: rounds, spread, engine } = options
  const stop = new AbortController()
  const interrupt = (): void => stop.abort()
  process.once('SIGINT', interrupt)
  const tell = (text: string): void => {
    if (output.live) output.err(`\r\u001b[K${text}`)
  }
  const { profile } = input.profile
  const context = {
    profile,
    site: input.site,
    farEnds,
    earlier: [],
    nowMs: Date.now,
    progress: tell,
  }
  const choices = { idleSeconds: options.idle === true ? IDLE_SECONDS : [] }
  const probes = [
    pathProbe(runTrace, { rounds, spread, engine }),
    ...(options.sip ? [sipAlgProbe(sipMeans(), choices)] : []),
  ]
  try {
    const seen = await Promise.all(probes.map((probe) => probe.run(context, stop.signal)))
    tell('')
    return show(options, input, seen.flat(), output)
  } finally {
    process.off('SIGINT', interrupt)
  }
}

const IDLE_SECONDS = [15, 30, 60] as const

function show(
  options: PathOptions,
  input: RunInput,
  observations: readonly Observation[],
  output: Output,
): number {
  const [paths, sip] = [pathsOf(observations), sipAlgsOf(observations)]
  if (paths.length === 0) throw new Fault('ENGINE', 'path', 'a finished trace', 'none')
  const document = {
    format: 'voip-ready/path/1',
    tool: { name: 'voip-ready', version: toolVersion() },
    site: input.site.site,
    ...{ paths, sip },
  }
  const lines = [
    ...paths.flatMap((path) => renderPath(path, output.paint)),
    ...sip.flatMap((seen) => renderSip(seen)),
  ]
  output.out(options.json === true ? `${JSON.stringify(document)}\n` : `${lines.join('\n')}\n`)
  return exitOf(paths)
}

function exitOf(seen: ReturnType<typeof pathsOf>): number {
  const changed = seen.some(
    (path) => path.changes.length > 0 || (path.returned ?? path.dscp) !== path.dscp,
  )
  if (changed) return EXIT.fail
  const whole = seen.every((path) => path.arrived === path.dscp && path.returned === path.dscp)
  return whole ? EXIT.pass : EXIT.inconclusive
}
