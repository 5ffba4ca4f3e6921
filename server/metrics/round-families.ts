import type { Observation } from '../../shared/record/kinds.ts'
import { portsOf } from '../../shared/record/kinds.ts'
import { type PortState, PortStateSchema } from '../../shared/record/ports.ts'
import type { Sample, SiteFamily, SiteView } from './site-family.ts'

const SECONDS = 1e-3
const LEGS = ['out', 'back'] as const

/** What agents see besides voice: when they looked, and ports counted by what came of them. */
export function roundFamilies(): SiteFamily[] {
  return [
    gauge('checks_start_timestamp_seconds', 'Start of the newest look besides voice.', started),
    gauge('ports', 'Ports of the newest look by their state.', ports),
  ]
}

function gauge(name: string, help: string, samples: SiteFamily['samples']): SiteFamily {
  return { name: `voipready_${name}`, type: 'gauge', help, samples }
}

function* started({ site, round }: SiteView): Iterable<Sample> {
  if (round !== null) yield [{ site }, round.startedMs * SECONDS]
}

/** Every state of a leg that was looked at has its series, so that a rise from 0 shows. */
function* ports({ site, round }: SiteView): Iterable<Sample> {
  for (const [far_end, seen] of byFarEnd(round?.observations ?? [])) {
    for (const leg of LEGS) {
      const counts = new Map<PortState, number>()
      for (const group of seen.flatMap((one) => one.legs[leg])) {
        const count = group.ports.reduce<number>((sum, range) => sum + widthOf(range), 0)
        counts.set(group.state, (counts.get(group.state) ?? 0) + count)
      }
      if (counts.size === 0) continue
      for (const state of PortStateSchema.options) {
        yield [{ site, far_end, leg, state: state.replaceAll('-', '_') }, counts.get(state) ?? 0]
      }
    }
  }
}

/** Hosts that the site names stand under `none`: their names are no label. */
function byFarEnd(observations: readonly Observation[]) {
  const found = new Map<string, ReturnType<typeof portsOf>>()
  for (const seen of portsOf(observations)) {
    found.set(seen.farEnd, [...(found.get(seen.farEnd) ?? []), seen])
  }
  return found
}

function widthOf(range: number | readonly [number, number]): number {
  return typeof range === 'number' ? 1 : range[1] - range[0] + 1
}
