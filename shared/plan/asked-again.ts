import { type AskedAtCollector, LONGEST_VOICE_SECONDS } from './run.ts'

/** So commands in findings name the site and its calls, which only the command line and its file know. */
export const COMMAND = /voip-ready (\w+) --site FILE.*$/
/** So a collector names them, which knows of no such file. */
const ASKED = /voip-ready collector run ask .*$/

/** The command at the end of an advice, as who sits at a collector asks for the same. */
export function asAsked(advice: string, { before, behind }: AskedAtCollector): string {
  if (ASKED.test(advice)) return [advice, ...behind].join(' ')
  return advice.replace(COMMAND, (command: string, kind: string) => {
    const lines = / --only (\S+)/.exec(command)?.[1]
    const seconds = / --duration (\d+)s/.exec(command)?.[1]
    const longest =
      seconds === undefined ? undefined : Math.min(Number(seconds), LONGEST_VOICE_SECONDS)
    return [
      before,
      kind,
      ...(lines === undefined ? [] : [`--lines ${lines}`]),
      ...(longest === undefined ? [] : [`--seconds ${longest}`]),
      ...behind,
    ].join(' ')
  })
}

/** How a run of a site is asked for at its collector. */
export function askedAtCollector(
  site: string,
  behind: AskedAtCollector['behind'] = [],
): AskedAtCollector {
  return { before: `voip-ready collector run ask ${site}`, behind }
}
