import { runCheck, withPair } from './product.ts'
import type { Sample } from './table.ts'

const SECONDS = 10
const CALLS = [100, 1000, 2000, 3000]

/** Simultaneous G.711 calls over one veth pair: own loss, and what both ends use of a core. */
export async function ceiling(): Promise<Sample[]> {
  const samples: Sample[] = []
  for (const calls of CALLS) {
    const run = await withPair((hosts, reflector) =>
      runCheck(hosts, reflector, SECONDS, ['--calls', `${calls}`]),
    )
    const { legs, instrument } = run.stream
    const lost = legs.out.loss.lost + legs.back.loss.lost + legs.back.loss.unattributed
    const row = (what: string, value: number, unit: string): Sample => ({
      what: `${calls} calls: ${what}`,
      value,
      peer: Number.NaN,
      unit,
    })
    samples.push(
      row('packets lost by ourselves', lost, 'packets'),
      row('slots not sent', instrument.notSent, 'packets'),
      row('send lateness p99', (instrument.lateness?.p99Ms ?? Number.NaN) * 1000, 'us'),
      row('agent CPU', 100 * run.agentCpu, '% of a core'),
      row('reflector CPU', 100 * run.reflectorCpu, '% of a core'),
      row('agent RSS', run.agentRssMb, 'MB'),
    )
  }
  return samples
}
