import type { RequirementOf } from '../profile/schema.ts'
import { linksOf } from '../record/kinds.ts'
import type { LinkInterface, LinkObservation, LinkSwitch } from '../record/link.ts'
import type { Finding } from './finding.ts'
import type { JudgedLine } from './judged-line.ts'
import { findingOf, joinDetail, NO_SCALE, type Ruling } from './ruling.ts'
import type { Scene } from './scene.ts'
import { judgeUntested } from './untested.ts'

/**
 * Full duplex (VRN-2), of the interfaces and switch ports that could be read. One that runs at half
 * duplex fails the line. A pass is for those that were seen, and needs one with a cable behind it; a
 * virtual interface proves nothing either way, and one on the path that does not say, or is a radio,
 * leaves the line open. What was not seen is named.
 */
export function judgeDuplex(
  line: RequirementOf<'duplex'>,
  scene: Scene,
  judged: JudgedLine,
): readonly Finding[] {
  const seen = linksOf(scene.observations).at(-1)
  if (seen === undefined) return judgeUntested(judged, scene)
  return [findingOf(line, { leg: 'none', farEnd: 'none' }, NO_SCALE, ruleDuplex(seen))]
}

interface Sight {
  readonly what: string
  readonly means: 'full' | 'half' | 'open' | 'nothing'
}

function ruleDuplex(seen: LinkObservation): Ruling {
  const sights = [
    ...seen.interfaces.map(sightOf),
    ...seen.switches.flatMap(sightsOfSwitch),
    ...neighbourSights(seen),
  ]
  const those = (means: Sight['means']) => sights.filter((sight) => sight.means === means)
  const [half, open, full] = [those('half'), those('open'), those('full')]
  const texts = [...half, ...open, ...full, ...those('nothing')].map((sight) => sight.what)
  const shown = texts.length > 8 ? [...texts.slice(0, 8), `${texts.length - 8} more`] : texts
  const detail = joinDetail(shown.join(', '), notSeen(seen))
  const n = half.length + full.length
  if (half.length > 0) return { verdict: 'fail', reason: 'half-duplex', detail, n }
  if (open.length > 0 || full.length === 0) {
    return { verdict: 'inconclusive', reason: 'duplex-unseen', detail, n }
  }
  return { verdict: 'pass', reason: 'full-duplex', detail, n }
}

function sightOf(nic: LinkInterface): Sight {
  const speed = nic.speedMbit === null ? '' : ` ${nic.speedMbit} Mbit/s`
  if (nic.medium === 'virtual') return { what: `${nic.name} is virtual`, means: 'nothing' }
  if (nic.medium === 'wireless') return { what: `${nic.name} is wireless`, means: 'open' }
  if (nic.carrier === false) return { what: `${nic.name} has no link`, means: 'nothing' }
  if (nic.duplex === 'unknown') {
    return { what: `${nic.name} does not tell its duplex`, means: 'open' }
  }
  return { what: `${nic.name} ${nic.duplex} duplex${speed}`, means: nic.duplex }
}

/** A port at half duplex by its name; the others of a switch by their number. */
function sightsOfSwitch({ address, state, counts, ports }: LinkSwitch): Sight[] {
  if (state !== 'read') return []
  const at = `switch ${address}`
  const named = ports.filter((port) => port.duplex !== 'full')
  const unnamed = (duplex: 'half' | 'unknown') =>
    counts[duplex] - named.filter((port) => port.duplex === duplex).length
  const more = (duplex: 'half' | 'unknown', means: Sight['means']): Sight[] =>
    unnamed(duplex) > 0 ? [{ what: `${at}: ${unnamed(duplex)} more ${duplex}`, means }] : []
  const late = ports.filter((port) => (port.lateCollisions ?? 0) > 0)
  return [
    ...named.map((port): Sight => {
      const means = port.duplex === 'half' ? 'half' : 'open'
      const text = means === 'half' ? 'half duplex' : 'does not tell its duplex'
      return { what: `${at} port ${port.name ?? port.index} ${text}`, means }
    }),
    ...more('half', 'half'),
    ...more('unknown', 'open'),
    ...(counts.full > 0
      ? [{ what: `${at}: ${portCount(counts.full)} full duplex`, means: 'full' } as const]
      : []),
    ...late.map((port): Sight => {
      const name = `${at} port ${port.name ?? port.index}`
      return { what: `${name} counted ${port.lateCollisions} late collisions`, means: 'nothing' }
    }),
  ]
}

/** A neighbour's own side counts only across a real cable; its full duplex adds nothing to ours. */
function neighbourSights({ lldp, interfaces }: LinkObservation): Sight[] {
  const wired = new Set(interfaces.filter((one) => one.medium === 'wired').map((one) => one.name))
  return lldp.neighbours
    .filter((one) => one.duplex === 'half' && wired.has(one.interface))
    .map((one) => ({
      what: `${one.name ?? 'the neighbour'} port ${one.port ?? '?'} says half duplex`,
      means: 'half',
    }))
}

function notSeen({ switches, unrouted }: LinkObservation): string {
  const parts = [
    ...unrouted.map((farEnd) => `an interface towards ${farEnd}`),
    ...(switches.length === 0 ? ['switch ports (the site file names no switches)'] : []),
    ...switches.flatMap((one) => {
      const absent = one.absent.map((port) => `port ${port} of switch ${one.address}`)
      if (one.state === 'read') return absent
      return [`switch ${one.address} (${one.detail === '' ? one.state : one.detail})`, ...absent]
    }),
    'devices that nobody named',
  ]
  return `not seen: ${parts.slice(0, 6).join(', ')}`
}

function portCount(count: number): string {
  return count === 1 ? '1 port' : `${count} ports`
}
