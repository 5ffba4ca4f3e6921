import type { PacketDispute } from './rows-packets.ts'
import { utc } from './verify-entries.ts'
import type { Report } from './verify-items.ts'

/** What is here of one side's half of a window: its rows, or their digest alone, or neither. */
export type Half = 'rows' | 'digest' | 'none'

/** One window whose digests were signed, and what its raw rows say. */
export interface RowsWindow {
  readonly from: number
  readonly to: number
  readonly farEnd: 'primary' | 'secondary'
  readonly segment?: string
  readonly agent: Half
  readonly reflector: Half
  /** Packets on which the two halves say different things; the first hundred. */
  readonly disputed: readonly PacketDispute[]
}

const MOST_NAMED = 8

/** Says which windows have their rows here and which only digests, for each far end and side. */
export function tellDigestsOnly(windows: readonly RowsWindow[], report: Report): void {
  for (const side of ['agent', 'reflector'] as const)
    for (const farEnd of ['primary', 'secondary'] as const) {
      const own = windows.filter((one) => one.farEnd === farEnd && one[side] !== 'none')
      const without = own.filter((one) => one[side] === 'digest')
      const here = own.length - without.length
      if (own.length === 0) continue
      const only = without.length === 0 ? '' : `; digests only: ${spansOf(without)}`
      const what = `rows of ${here} of ${own.length} windows are here${only}`
      report('note', 'rows', `${farEnd}, ${side}`, what)
    }
}

/** Windows that follow each other as one time each. */
function spansOf(windows: readonly RowsWindow[]): string {
  const spans: { from: number; to: number }[] = []
  for (const { from, to } of windows) {
    const last = spans.at(-1)
    if (last !== undefined && from <= last.to) last.to = Math.max(last.to, to)
    else spans.push({ from, to })
  }
  const more = spans.length > MOST_NAMED ? ` and ${spans.length - MOST_NAMED} more times` : ''
  const named = spans
    .slice(0, MOST_NAMED)
    .map(({ from, to }) => `${utc(from)}-${utc(to).slice(11)}`)
  return `${named.join(', ')}${more}`
}
