import { cpus } from 'node:os'
import { runIrtt } from './irtt.ts'
import { hogCores } from './processes.ts'
import { runCheck, withPair } from './product.ts'
import type { Sample } from './table.ts'

const SECONDS = 30

/**
 * The instrument's own noise on a perfect path: a veth pair, 20 ms x 172 B x 30 s, with idle cores
 * and with every core busy; irtt runs in the same round under the same load.
 */
export async function noise(load: 'idle' | 'busy'): Promise<Sample[]> {
  const hogs = load === 'busy' ? hogCores(cpus().length, 2 * SECONDS + 10) : []
  try {
    return await withPair(async (hosts, reflector) => {
      const ours = await runCheck(hosts, reflector, SECONDS)
      const theirs = await runIrtt(hosts, SECONDS)
      const { out, back } = ours.stream.legs
      const late = ours.stream.instrument.lateness
      const us = (ms: number | undefined) => (ms === undefined ? Number.NaN : ms * 1000)
      const row = (what: string, value: number, peer: number, unit: string): Sample => ({
        what: `${load}: ${what}`,
        value,
        peer,
        unit,
      })
      return [
        row('jitter out p99', us(out.jitter?.running.p99), theirs.jitterOutUs[0], 'us'),
        row('jitter out max', us(out.jitter?.running.max), theirs.jitterOutUs[1], 'us'),
        row('jitter back p99', us(back.jitter?.running.p99), theirs.jitterBackUs[0], 'us'),
        row('jitter back max', us(back.jitter?.running.max), theirs.jitterBackUs[1], 'us'),
        row('slots sent of 1500', ours.stream.instrument.sent, theirs.sent, 'packets'),
        row('send lateness p50', us(late?.p50Ms), theirs.latenessUs[0], 'us'),
        row('send lateness p99', us(late?.p99Ms), theirs.latenessUs[1], 'us'),
        row('packets lost', out.loss.lost + back.loss.lost, theirs.lost, 'packets'),
      ]
    })
  } finally {
    for (const hog of hogs) hog.kill('SIGKILL')
  }
}
