import type { MemoryRow } from './memory.ts'
import type { HeldStreams } from './receipts.ts'
import type { AllRecords } from './records.ts'
import type { WindowResult } from './verdicts.ts'

export interface SoakResult {
  readonly seed: number
  readonly minutes: number
  readonly records: AllRecords
  readonly receipts: HeldStreams
  readonly windows: readonly WindowResult[]
  readonly memory: readonly MemoryRow[]
  /** Windows of which the collector's own findings were read, and those that said otherwise. */
  readonly collectorAsked: number
  readonly collectorDiffered: number
}

/** Why the soak failed, in sentences; empty when the instrument agreed with the truth throughout. */
export function failuresOf(result: SoakResult): readonly string[] {
  const { records, windows, memory, minutes } = result
  const wanted = 2 * minutes
  const whole = windows.filter(({ weather }) => weather !== 'partial').length
  return [
    ...(whole < wanted ? [`${whole} whole windows of ${wanted}`] : []),
    ...(records.lost > 0 ? [`${records.lost} records lost`] : []),
    ...(records.refused > 0 ? [`${records.refused} records refused`] : []),
    ...(result.receipts.held === 0 ? ['no reflector signed for any stream'] : []),
    ...result.receipts.disagreements,
    ...(result.collectorAsked === 0 ? ['the collector never told a window'] : []),
    ...(result.collectorDiffered > 0
      ? [`${result.collectorDiffered} windows judged otherwise`]
      : []),
    ...memory
      .filter(({ tooMuch }) => tooMuch)
      .map(
        ({ process, earlyMb, lateMb }) => `${process} grew from ${mb(earlyMb)} to ${mb(lateMb)}`,
      ),
    ...windows.flatMap(({ farEnd, fromMs, weather, remarks }) =>
      remarks.map((remark) => `${clock(fromMs)} ${farEnd} (${weather}): ${remark}`),
    ),
  ]
}

/** The table that a person reads. */
export function tableOf(result: SoakResult): string {
  const { records, windows, memory } = result
  const sum = (pick: (window: WindowResult) => number) =>
    windows.reduce((total, window) => total + pick(window), 0)
  const counted = (how: WindowResult['counts']) =>
    windows.filter(({ counts }) => counts === how).length
  const rows: readonly (readonly [string, string | number])[] = [
    ['seed', result.seed],
    ['windows judged', windows.length],
    ['packets in them, by the router', sum(({ sent }) => sent)],
    ['of these lost, by the router', sum(({ lost }) => lost)],
    ['windows with loss counts equal to the truth', counted('equal')],
    ['a packet at the border, counts differ', counted('at the border')],
    ['loss counts unequal', counted('unequal')],
    ['verdicts that the truth confirms', sum(({ worths }) => worths.agreed)],
    ['no pass and no fail, none due', sum(({ worths }) => worths['no word'])],
    ['due, but neither pass nor fail', sum(({ worths }) => worths.missed)],
    ['verdicts that the truth contradicts', sum(({ worths }) => worths.contradicted)],
    ["windows read from the collector's API", result.collectorAsked],
    ['of these judged otherwise there', result.collectorDiffered],
    ['streams with a receipt', result.receipts.held],
    ['of these with jitter held to the microsecond', result.receipts.exact],
    ['receipts contradicted', result.receipts.disagreements.length],
    ['records made', records.records.length],
    ['waiting in the spool at the end', records.waiting],
    ['records lost', records.lost],
    ...memory.map(
      ({ process, earlyMb, lateMb }) =>
        [`memory of ${process}`, `${mb(earlyMb)}, then ${mb(lateMb)}`] as const,
    ),
  ]
  return ['| what | found |', '|---|---|', ...rows.map(([a, b]) => `| ${a} | ${b} |`)].join('\n')
}

/** What the weather was, window by window. */
export function weatherOf(windows: readonly WindowResult[]): string {
  return windows
    .map(
      ({ fromMs, farEnd, weather, counts }) => `${clock(fromMs)} ${farEnd}: ${weather}, ${counts}`,
    )
    .join('\n')
}

const mb = (value: number) => `${value.toFixed(1)} MB`
const clock = (ms: number) => new Date(ms).toISOString().slice(11, 16)
