import type { SiteLine } from '../../shared/profile/lines.ts'
import type { RequirementKind } from '../../shared/profile/schema.ts'
import type { Site } from '../../shared/profile/site.ts'
import type { Probe } from './types.ts'

/** What runs, in which order. */
export interface ProbePlan {
  readonly media: boolean
  /** One stage after the other, those of one stage together; the voice streams run meanwhile. */
  readonly beside: readonly (readonly Probe[])[]
  /**
   * After the streams have ended. Hundreds of connections in a few seconds fill the very queues and
   * connection tables that voice is measured through, so a loss could be of our own making.
   */
  readonly alone: readonly Probe[]
}

export interface PlanWishes {
  readonly site: Site
  /** Lines of this run alone; absent: all. */
  readonly only?: ReadonlySet<string>
  readonly media: 'with' | 'without' | 'alone'
}

const MEDIA_KINDS: ReadonlySet<RequirementKind> = new Set([
  ...(['one-way-delay', 'jitter', 'segment-loss', 'marking', 'bandwidth', 'qos'] as const),
])

/** DHCP goes before DNS, because option 6 names the servers that are to be asked. */
const STAGES: readonly (readonly Probe['name'][])[] = [
  ['link', 'dhcp'],
  ['dns'],
  ['path', 'sip-alg'],
]
const ALONE: readonly Probe['name'][] = ['ports']

/**
 * The probes that the wanted lines need, in their order. A line that is waived, or that lacks a value
 * of the site file, needs none; nor does one that only voice streams answer.
 */
export function planProbes(
  probes: readonly Probe[],
  lines: readonly SiteLine[],
  wishes: PlanWishes,
): ProbePlan {
  const wanted = lines.filter(
    ({ requirement, waived }) =>
      waived === null && (wishes.only === undefined || wishes.only.has(requirement.id)),
  )
  const media = wanted.some(({ requirement }) => MEDIA_KINDS.has(requirement.kind))
  const kinds = new Set(
    wanted.filter((line) => line.missing === null).map((line) => line.requirement.kind),
  )
  const names = new Set(wishes.media === 'alone' ? [] : namesFor(probes, kinds, wishes))
  const among = (some: readonly Probe['name'][]) =>
    probes.filter(({ name }) => names.has(name) && some.includes(name))
  return {
    media: media && wishes.media !== 'without',
    beside: STAGES.map(among).filter((stage) => stage.length > 0),
    alone: among(ALONE),
  }
}

function namesFor(
  probes: readonly Probe[],
  kinds: ReadonlySet<RequirementKind>,
  { site, only }: PlanWishes,
): Probe['name'][] {
  const asked = probes.filter(
    // A probe without lines of its own explains those of others: in whole runs alone.
    (probe) => probe.kinds.some((kind) => kinds.has(kind)) || (probe.kinds.length === 0 && !only),
  )
  const dns = asked.some(({ name }) => name === 'dns') && site.dns?.servers === undefined
  return [
    ...asked.map(({ name }) => name),
    // Others look at what DHCP says: which DNS servers there are, and which VLAN phones get.
    ...(dns || kinds.has('vlan') ? (['dhcp'] as const) : []),
  ]
}
