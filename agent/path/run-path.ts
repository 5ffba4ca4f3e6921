import { EXIT, Fault } from '../../shared/errors.ts'
import { pathsOf } from '../../shared/record/kinds.ts'
import { readInput } from '../check/input.ts'
import type { Output } from '../cli/output.ts'
import type { PathOptions } from '../cli/path.ts'
import { readyFarEnds } from '../far-ends.ts'
import { pathProbe } from '../probes/path/path.ts'
import { runTrace } from '../trace/start.ts'
import { toolVersion } from '../version.ts'
import { renderPath } from './render-path.ts'

/**
 * `voip-ready path`: traces the way to every far end of the site and prints it hop by hop. Returns the
 * exit code: 0 the mark is whole and every far end answered, 1 the mark changes on the way, 2 it
 * cannot be said.
 */
export async function runPath(options: PathOptions, output: Output): Promise<number> {
  const input = await readInput(options)
  const farEnds = await readyFarEnds(input.site, input.keys, input.where)
  const { count: rounds, spread, engine } = options
  const probe = pathProbe(runTrace, { rounds, spread, engine })
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
  try {
    const seen = pathsOf(await probe.run(context, stop.signal))
    if (output.live) output.err('\r\u001b[K')
    if (seen.length === 0) throw new Fault('ENGINE', 'path', 'a finished trace', 'none')
    const document = {
      format: 'voip-ready/path/1',
      tool: { name: 'voip-ready', version: toolVersion() },
      site: input.site.site,
      paths: seen,
    }
    output.out(
      options.json === true
        ? `${JSON.stringify(document)}\n`
        : `${seen.flatMap((path) => renderPath(path, output.paint)).join('\n')}\n`,
    )
    return exitOf(seen)
  } finally {
    process.off('SIGINT', interrupt)
  }
}

function exitOf(seen: ReturnType<typeof pathsOf>): number {
  const changed = seen.some(
    (path) => path.changes.length > 0 || (path.returned ?? path.dscp) !== path.dscp,
  )
  if (changed) return EXIT.fail
  const whole = seen.every((path) => path.arrived === path.dscp && path.returned === path.dscp)
  return whole ? EXIT.pass : EXIT.inconclusive
}
