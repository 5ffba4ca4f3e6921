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
  /** The lines that probes are to look at: those wanted, and those that these lean on. */
  readonly only?: ReadonlySet<string>
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

/** Whether only voice streams answer it. */
export function isVoiceLine({ requirement }: SiteLine): boolean {
  return MEDIA_KINDS.has(requirement.kind)
}

/** DHCP goes before DNS, because option 6 names the servers that are to be asked. */
const STAGES: readonly (readonly Probe['name'][])[] = [
  ['link', 'dhcp'],
  ['dns'],
  ['path', 'sip-alg'],
]
/** DHCP options that say what other lines are held against: DNS servers, and the VLAN of phones. */
const DNS_SERVERS = 6
const VOICE_VLAN = 132
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
  const media = wanted.some(isVoiceLine)
  const kinds = new Set(
    wanted.filter((line) => line.missing === null).map((line) => line.requirement.kind),
  )
  const leaned = optionsFor(kinds, wishes.site)
  const asked = wishes.media === 'alone' ? [] : askedFor(probes, kinds, wishes)
  const names = new Set([...asked, ...(leaned.length > 0 && asked.length > 0 ? ['dhcp'] : [])])
  const among = (some: readonly Probe['name'][]) =>
    probes.filter(({ name }) => names.has(name) && some.includes(name))
  return {
    media: media && wishes.media !== 'without',
    beside: STAGES.map(among).filter((stage) => stage.length > 0),
    alone: among(ALONE),
    ...(wishes.only === undefined ? {} : { only: withOptions(wishes.only, lines, leaned) }),
  }
}

function askedFor(
  probes: readonly Probe[],
  kinds: ReadonlySet<RequirementKind>,
  { only }: PlanWishes,
): Probe['name'][] {
  const asked = probes.filter(
    // A probe without lines of its own explains those of others: in whole runs alone.
    (probe) => probe.kinds.some((kind) => kinds.has(kind)) || (probe.kinds.length === 0 && !only),
  )
  return asked.map(({ name }) => name)
}

function optionsFor(kinds: ReadonlySet<RequirementKind>, site: Site): number[] {
  const dns = (kinds.has('dns-a') || kinds.has('dns-srv')) && site.dns?.servers === undefined
  return [...(dns ? [DNS_SERVERS] : []), ...(kinds.has('vlan') ? [VOICE_VLAN] : [])]
}

function withOptions(
  only: ReadonlySet<string>,
  lines: readonly SiteLine[],
  options: readonly number[],
): ReadonlySet<string> {
  const leaned = lines.filter(
    ({ requirement }) => requirement.kind === 'dhcp-option' && options.includes(requirement.option),
  )
  return new Set([...only, ...leaned.map(({ requirement }) => requirement.id)])
}
