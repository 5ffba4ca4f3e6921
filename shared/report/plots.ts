import { INTERVAL_MS } from '../clock.ts'
import type { FarEndName } from '../profile/site.ts'
import { busyBlocks, busyTimes } from './busy.ts'
import type { Digest } from './digest.ts'
import type { Block } from './document.ts'
import type { Series, TimePlot } from './time-plot.ts'
import type { LineTime } from './timeline.ts'
import { isVoice } from './voice.ts'

const PLOTTED = {
  'one-way-delay': ['One-way delay, p95', 'ms', 1],
  jitter: ['Jitter, p95', 'ms', 1],
  'segment-loss': ['Packet loss', '%', 100],
} as const
type Plotted = keyof typeof PLOTTED
type PlotBlock = Extract<Block, { readonly kind: 'plot' }>

const isPlotted = (line: LineTime): line is LineTime & { readonly kind: Plotted } =>
  isVoice(line) && line.kind in PLOTTED && line.segment === null

/** The plots with how they are read, or that there is nothing to plot. */
export function plotBlocks(digest: Digest): readonly Block[] {
  const plots = voicePlots(digest)
  if (plots.length === 0)
    return [{ kind: 'text', text: 'Nothing was measured.', tone: 'not-tested' }]
  const text = [
    'Solid: site to far end. Dashed: far end to site. Grey ground: nothing seen; a grey foot: a part not seen.',
    plots.some(({ plot }) => plot.busy.length > 0) ? 'Yellowish ground: busy hours.' : '',
    plots.some(({ plot }) => plot.shaded.length > 0) ? 'Bluish ground: excluded.' : '',
    'A shade around a delay is the error of the clocks. Where one step is narrower than a line, the worst of several is drawn.',
  ]
    .filter((part) => part !== '')
    .join(' ')
  return [...busyBlocks(digest), { kind: 'text', text }, ...plots]
}

/** Delay, jitter and loss to each data centre, both legs, with limits and gaps. */
function voicePlots(digest: Digest): readonly PlotBlock[] {
  const lines = digest.lines.filter(isPlotted)
  const groups = new Map<string, (LineTime & { readonly kind: Plotted })[]>()
  for (const line of lines) {
    const key = `${line.farEnd} ${line.id}`
    groups.set(key, [...(groups.get(key) ?? []), line])
  }
  return [...groups.values()].flatMap((group): PlotBlock[] => {
    const plot = plotOf(digest, group)
    return plot === null ? [] : [{ kind: 'plot', plot }]
  })
}

function plotOf(
  digest: Digest,
  group: readonly (LineTime & { readonly kind: Plotted })[],
): TimePlot | null {
  const [first] = group
  if (first === undefined || first.farEnd === 'none') return null
  const { farEnd } = first
  const [title, unit, factor] = PLOTTED[first.kind]
  const { limit, statistic } = first.worst.finding
  const named = statistic === '' ? title : title.replace('p95', statistic)
  const excluded = digest.entries.flatMap((entry) =>
    entry.kind === 'exclusion' && entry.site === digest.site && !entry.withdrawn ? [entry] : [],
  )
  return {
    ...{ title: `${farEnd}: ${named} (${first.id})`, unit },
    ...{ fromMs: digest.fromMs, stepMs: INTERVAL_MS, steps: digest.quarters.length },
    limit: limit === null ? null : Number((limit * factor).toPrecision(12)),
    series: group.flatMap((line) => seriesOf(line, factor)),
    gaps: gapsOf(digest, farEnd),
    shaded: excluded
      .map(({ from, to }) => ({
        from: Math.max(from, digest.fromMs),
        to: Math.min(to, digest.toMs),
      }))
      .filter(({ from, to }) => from < to),
    busy: busyTimes(digest),
  }
}

function seriesOf({ leg, values, low, high, kind }: LineTime, factor: number): Series[] {
  if (leg !== 'out' && leg !== 'back') return []
  const scaled = (all: readonly (number | null)[]) =>
    all.map((value) => (value === null ? null : value * factor))
  // Where only bounds are known, the upper one is drawn: it is what a limit is held against.
  const line = values.map((value, step) => value ?? high[step] ?? null)
  // The interval of a loss is that of chance; the counts themselves are exact.
  const band = kind === 'one-way-delay'
  return [
    {
      ...{ name: leg, values: scaled(line) },
      ...{ low: band ? scaled(low) : [], high: band ? scaled(high) : [] },
    },
  ]
}

function gapsOf({ coverage, quarters }: Digest, farEnd: FarEndName): TimePlot['gaps'] {
  const seen = coverage.find((one) => one.farEnd === farEnd)?.seenMs ?? []
  return quarters.map((_, step) => {
    const ms = seen[step] ?? 0
    if (ms <= 0) return 'whole'
    // A second at a border is the schedule's own rounding.
    return ms < INTERVAL_MS - 2000 ? 'part' : 'none'
  })
}
