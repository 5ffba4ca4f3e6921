import { counted } from '../counted.ts'
import { formatLimit } from '../verdict/describe.ts'
import { REASONS } from '../verdict/reasons.ts'
import type { Digest } from './digest.ts'
import type { Block } from './document.ts'
import { length, span, UTC, type Zone } from './zone.ts'

/** How it was measured and judged, how sure it is, and what nobody looked at. */
export function methodBlocks(digest: Digest, zone: Zone = UTC): readonly Block[] {
  return [
    { kind: 'pairs', pairs: [...judging(digest), ...clocks(digest)] },
    ...statistics(digest),
    ...notSeen(digest),
    ...exclusions(digest, zone),
    { kind: 'text', text: LIMITS },
  ]
}

const LIMITS =
  'A probe sees the way between its two ends and nothing else: devices beside that way, queues inside devices, other sites and other hours are not spoken of. The contract names no statistic, window or sample; the profile fixes them, and they were fixed before the measurement because its hash is in every record.'

function judging({ profile }: Digest): readonly (readonly [string, string])[] {
  if (profile === null)
    return [['Judged by', 'the profile is not in the bundle: nothing could be judged']]
  const { judging: rules, media, voice } = profile.body
  return [
    [
      'Grid',
      `${rules.intervalMinutes} minutes on the quarter hour, in windows of ${rules.windowSeconds} s; each quarter hour is judged for itself`,
    ],
    [
      'Stream',
      `RTP-shaped, ${media.codec.toUpperCase()}, ${media.ptimeMs} ms, DSCP ${media.dscp}; at least ${rules.minimumPackets} packets decide`,
    ],
    ['Late', `an answer after ${rules.lateAfterMs} ms counts as lost`],
    ['Voice', voice.reading],
  ]
}

function clocks({ clocks: seen }: Digest): readonly (readonly [string, string])[] {
  if (seen.streams === 0) return [['Clocks', 'no stream was seen']]
  const stated =
    seen.maxErrorMs === null
      ? 'no kernel stated a bound'
      : `largest stated bound ${seen.maxErrorMs.toFixed(1)} ms`
  const offset =
    seen.widestOffsetMs === null
      ? ''
      : `; offset between two hosts known within ${seen.widestOffsetMs.toFixed(1)} ms at the widest`
  const bad = `${counted(seen.unsynchronised, 'window')} of ${seen.streams} with a clock that was not synchronised, ${counted(seen.faults, 'contradiction')}, ${counted(seen.steps, 'step')}`
  return [
    ['Clock error budget', `${stated}${offset}; ${bad}`],
    [
      'One-way delay',
      'every figure carries the error of both clocks; a round trip under the limit passes both legs without trusting any clock',
    ],
  ]
}

function statistics({ lines }: Digest): readonly Block[] {
  const said = new Map<string, string>()
  for (const { id, title, worst } of lines) {
    const limit = formatLimit(worst.finding)
    const { statistic } = worst.finding
    if (limit !== '' && statistic !== '' && !said.has(id))
      said.set(id, `${id} ${title}: ${statistic} ${limit}`)
  }
  return said.size === 0 ? [] : [{ kind: 'list', items: [...said.values()] }]
}

function notSeen({ lines, coverage, toMs, fromMs }: Digest): readonly Block[] {
  const untested = lines.filter(({ verdict }) => verdict === 'not-tested')
  const reasons = new Map<string, string[]>()
  for (const line of untested) {
    const { reason, detail } = line.last
    const key = reason === 'waived' ? `left out by agreement: ${detail}` : REASONS[reason].means
    reasons.set(key, [...(reasons.get(key) ?? []), line.id])
  }
  const items = [...reasons].map(([why, where]) => `${why}: ${[...new Set(where)].join(', ')}`)
  const gaps = coverage.map(({ farEnd, seenMs }) => {
    const seen = seenMs.reduce((sum, ms) => sum + ms, 0)
    const share = toMs > fromMs ? (100 * seen) / (toMs - fromMs) : 0
    return `${farEnd}: seen ${floored(share)} % of the time (${length(toMs - fromMs - seen)} not seen)`
  })
  return [
    { kind: 'text', text: 'What was not observed' },
    { kind: 'list', items: [...gaps, ...items] },
  ]
}

/** Never rounded up: 99.99 % is not all. */
export function floored(percent: number): string {
  return percent >= 100 ? '100' : (Math.floor(percent * 100) / 100).toFixed(2)
}

function exclusions({ entries, site }: Digest, zone: Zone): readonly Block[] {
  const items = entries.flatMap((entry) => {
    if (entry.kind !== 'exclusion' || entry.site !== site) return []
    const when = entry.at <= entry.from ? 'entered before' : 'ENTERED AFTERWARDS'
    const back = entry.withdrawn ? ', taken back' : ''
    return [
      `${span(entry.from, entry.to, zone)}: ${entry.cause}, ${entry.why} (by ${entry.by}, ${when}${back})`,
    ]
  })
  if (items.length === 0) return []
  const text = 'Times that a party asks to leave out. They are shown, and judged like all others.'
  return [
    { kind: 'text', text },
    { kind: 'list', items },
  ]
}
