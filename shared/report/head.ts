import { counted } from '../counted.ts'
import type { Verdict } from '../verdict/finding.ts'
import { busyText } from './busy.ts'
import type { Digest } from './digest.ts'
import type { Headline, Section } from './document.ts'
import { overallOf, type TimeOverall } from './overall.ts'
import { type Opened, type Standing, standingSentence } from './standing.ts'
import { worstOf } from './timeline.ts'
import { length, span, stamp, UTC, type Zone } from './zone.ts'

/** The verdict in whose colour an answer is shown. */
export const TONES: { readonly [O in TimeOverall]: Verdict } = {
  READY: 'pass',
  'NOT READY': 'fail',
  'CANNOT SAY': 'inconclusive',
}

/** The answer with its counts: of required lines, and of quarter hours. */
export function headline(digest: Digest, standing: Standing): Headline {
  const overall = overallOf(digest)
  const words = standing === 'unproven' ? `UNPROVEN: the file says ${overall}` : overall
  return {
    word: words,
    tone: standing === 'unproven' ? 'inconclusive' : TONES[overall],
    says: [lineCounts(digest), quarterCounts(digest), standingSentence(standing)],
  }
}

function lineCounts({ lines }: Digest): string {
  const required = lines.filter((line) => line.required)
  const ids = [...new Set(required.map(({ id }) => id))]
  const counts = { pass: 0, fail: 0, inconclusive: 0, 'not-tested': 0 }
  for (const id of ids) {
    counts[worstOf(required.filter((line) => line.id === id).map(({ verdict }) => verdict))] += 1
  }
  if (ids.length === 0) return 'No required line was judged.'
  return `Of ${counted(ids.length, 'required line')}: ${counts.pass} pass, ${counts.fail} fail, ${counts.inconclusive} cannot be said, ${counts['not-tested']} not tested.`
}

function quarterCounts({ quarters }: Digest): string {
  const of = (overall: string | null) => quarters.filter((one) => one.overall === overall).length
  const unknown = of(null)
  const rest = unknown === 0 ? '' : `, ${unknown} not judged`
  return `Of ${counted(quarters.length, 'quarter hour')}: ${of('READY')} READY, ${of('NOT READY')} NOT READY, ${of('CANNOT SAY')} CANNOT SAY${rest}.`
}

/** Who, where, by which contract, on which evidence. */
export function headSection(digest: Digest, opened: Opened, zone: Zone = UTC): Section {
  const { profile, values } = digest
  const contract =
    profile === null
      ? 'not in the bundle'
      : `${profile.body.title} (${profile.body.id} ${profile.body.version})`
  return {
    title: 'What this speaks of',
    blocks: [
      {
        kind: 'pairs',
        pairs: [
          ['Site', digest.site],
          [
            'Time',
            `${span(digest.fromMs, digest.toMs, zone)} (${length(digest.toMs - digest.fromMs)})`,
          ],
          ['Contract', contract],
          ...(profile === null ? [] : ([['Model', profile.body.model]] as const)),
          ['Profile SHA-256', digest.profiles.join(', then ') || 'none'],
          ...plansOf(digest),
          ...circuits(digest),
          ...(values?.peakCalls === undefined
            ? []
            : ([['Peak', counted(values.peakCalls, 'call')]] as const)),
          ...(values?.busyHours === undefined
            ? []
            : ([['Busy hours', busyText(values.busyHours)]] as const)),
          ...agents(digest),
          ...evidence(opened),
        ],
      },
    ],
  }
}

/** From when on the site is what is said of it, and on whose word: each quarter hour is judged by its own. */
function plansOf({ plans, values, siteProven }: Digest): readonly (readonly [string, string])[] {
  const whose = siteProven
    ? 'dated by the log'
    : "not dated by the log: the collector's word for this time"
  if (plans.length < 2) {
    const one = plans[0] === 0 ? 'a site file' : `plan ${plans[0]}`
    return values === null ? [] : [['Site described by', `${one}, ${whose}`]]
  }
  const named = plans.map((version) => (version === 0 ? 'no plan' : `plan ${version}`))
  const all = siteProven ? whose : "in part not dated by the log: the collector's word there"
  const own = 'each quarter hour by its own; below, the last'
  return [['Plans', `${named.join(', then ')}: ${own}; ${all}`]]
}

function circuits({ values }: Digest): readonly (readonly [string, string])[] {
  if (values === null) return [['Circuits', 'no site file in the bundle']]
  return (['primary', 'secondary'] as const).map((name) => {
    const end = values.farEnds[name]
    if (end === undefined) return [`Data centre ${name}`, 'not configured: not tested'] as const
    const provider = end.circuitProvider ?? 'the site file does not say by whom'
    const where = end.at === 'site' ? 'a point of the site' : 'data centre'
    return [
      `Data centre ${name}`,
      `${end.reflector} (${where}) over ${end.path}, provided by: ${provider}`,
    ] as const
  })
}

function agents({ agents: all }: Digest): readonly (readonly [string, string])[] {
  if (all.length === 0) return [['Agents', 'no record is in this time']]
  return all.map(({ agent, versions, starts, records, signed }) => {
    const said = `${counted(records, 'record')}, ${signed} signed by a trusted key, ${counted(starts, 'start')}`
    return [`Agent ${agent}`, `voip-ready ${versions.join(', ')}; ${said}`] as const
  })
}

function evidence({
  file,
  sha256,
  keys,
  evidence: read,
}: Opened): readonly (readonly [string, string])[] {
  const named = [...keys.agent, ...keys.reflector, ...keys.log, ...keys.witness]
  const fingerprints = named.map(({ name, keyId }) => `${name} ${keyId}`)
  const log = 'why' in read ? '' : read.found.origin
  return [
    ['Keys trusted here', fingerprints.join('; ') || 'none were given'],
    ['Log', log],
    ['Bundle', file],
    ['Bundle SHA-256', sha256],
  ]
}

/** `leeds, 2026-03-02 10:00 to 12:00 UTC` */
export function subtitleOf(
  { site, fromMs, toMs }: Pick<Digest, 'site' | 'fromMs' | 'toMs'>,
  zone: Zone = UTC,
): string {
  return fromMs === toMs
    ? `${site}, ${stamp(fromMs, zone)}`
    : `${site}, ${span(fromMs, toMs, zone)}`
}
