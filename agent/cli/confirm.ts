import { once } from 'node:events'
import { createInterface } from 'node:readline/promises'
import { Fault } from '../../shared/errors.ts'
import { makeLog } from '../log.ts'

/** Goes on, or throws: a load on somebody's network is nobody's default. */
export type Confirm = (warning: string) => Promise<void>

/**
 * Warns, and asks on a terminal; elsewhere only `--yes` lets a load be.
 * @param yes `--yes` was given: the warning is shown and not asked
 * @param json the warning is a line of JSON, as all on stderr then
 */
export function confirmOnTerminal(yes: boolean, json = false): Confirm {
  return async (warning) => {
    const write = (line: string) => process.stderr.write(line)
    if (json) makeLog('json', write, Date.now).warn(warning.replaceAll('\n', ' '))
    else write(`${warning}\n`)
    if (yes) return
    if (process.stdin.isTTY !== true || process.stderr.isTTY !== true) {
      const wanted = '--yes, or a yes on a terminal'
      const repair = 'add --yes where those who use the way agree to it; nothing was sent'
      throw new Fault('USAGE', 'a load on this network', wanted, 'neither', repair)
    }
    // The terminal edits the line itself: what a line editor writes to move the cursor is shown, not obeyed.
    const lines = createInterface({
      ...{ input: process.stdin, output: process.stderr, terminal: false },
    })
    try {
      // The end of the input is no answer that ever comes.
      const ended = once(lines, 'close').then(() => 'no')
      const answer = await Promise.race([lines.question('Go on? [y/N] '), ended])
      if (/^y(es)?$/i.test(answer.trim())) return
    } finally {
      lines.close()
    }
    throw new Fault('USAGE', 'a load on this network', 'a yes', 'no', 'nothing was sent')
  }
}
