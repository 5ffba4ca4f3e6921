import { CHAIN_MARGIN_MS } from '../clock.ts'
import { grouped } from '../grouped.ts'
import { type Time, touching } from '../intervals.ts'
import { stepBetween, stepInside } from './clock-steps.ts'
import type { Report, SeenRecord } from './verify-items.ts'

/**
 * Holds the records of each agent against each other: one record for each place, each naming the one
 * before it, no number left out inside a boot without a word, clocks that run alike.
 * @param span the time that the bundle is of: from before and after it not all records are here
 */
export function checkChains(records: readonly SeenRecord[], span: Time, report: Report): void {
  const agents = grouped(records, ({ record }) => record.agent)
  for (const own of agents.values()) {
    const boots = grouped(own, ({ record }) => record.boot)
    if ([...boots.values()].some(repeats)) checkPlaces(own, report)
    const concerns = concerning(own, span)
    checkBranches(own, concerns, report)
    for (const boot of boots.values()) {
      checkBoot(
        [...boot].sort((a, b) => a.record.sequence - b.record.sequence),
        span,
        report,
      )
    }
    checkStarts(own, concerns, report)
    checkHeads(own, span, report)
  }
}

/** True when two of these have one number. */
function repeats(boot: readonly SeenRecord[]): boolean {
  return new Set(boot.map(({ record }) => record.sequence)).size < boot.length
}

/** Two records at one place: the same bytes twice, or an agent that was cloned or restored. */
function checkPlaces(own: readonly SeenRecord[], report: Report): void {
  const places = grouped(own, ({ record }) => `${record.boot} ${record.sequence}`)
  for (const [first, ...others] of places.values()) {
    for (const other of others) {
      const same = other.payloadSha256 === first?.payloadSha256
      const what = same
        ? 'stands in the log twice'
        : 'has two contents: the agent was cloned, or an old copy of it was restored'
      report('invalid', same ? 'repeated' : 'clone', other.where, what, timeOf(other))
    }
  }
}

/**
 * Whether what is not here before the first record of a boot may be of the time: that boot reaches into it
 * or comes after, and what is here from before that boot does not reach well beyond it.
 */
function concerning(own: readonly SeenRecord[], span: Time): (first: SeenRecord) => boolean {
  const windows = own.map((seen) => ({ seen, window: seen.record.window }))
  const beside = new Set<SeenRecord>()
  let reachedMs = Number.NEGATIVE_INFINITY
  for (const { seen, window } of windows.sort((a, b) => a.window.from - b.window.from)) {
    if (window.to <= span.from || reachedMs >= span.to + CHAIN_MARGIN_MS) beside.add(seen)
    reachedMs = Math.max(reachedMs, window.to)
  }
  return (first) => !beside.has(first)
}

/** Two records that name the same one before them: the chain forks. */
function checkBranches(
  own: readonly SeenRecord[],
  concerns: (first: SeenRecord) => boolean,
  report: Report,
): void {
  const followers = grouped(own, ({ record }) => record.previous ?? 'none')
  for (const [previous, all] of followers) {
    const contents = new Set(all.map(({ payloadSha256 }) => payloadSha256))
    const last = all.at(-1)
    if (contents.size < 2 || last === undefined) continue
    if (previous === 'none' && !concerns(last)) continue
    const what =
      previous === 'none'
        ? `${contents.size} records say that nothing came before them`
        : `${contents.size} records follow the same one: the agent was cloned or restored`
    report(previous === 'none' ? 'suspicious' : 'invalid', 'branch', last.where, what, timeOf(last))
  }
}

function checkBoot(boot: readonly SeenRecord[], span: Time, report: Report): void {
  // Records of rounds alone and of runs name no clocks: the minutes around them are held together.
  let clocked: Said | undefined
  let before: { readonly seen: SeenRecord; readonly record: Said } | undefined
  for (const next of boot) {
    // It is made anew whenever it is asked for.
    const { record } = next
    if (record.dropped !== undefined && touching(record.dropped, span)) {
      const { windows, from, to, cause } = record.dropped
      const what = `the agent declares ${windows} windows that it could not keep (${cause})`
      report('missing', 'dropped', next.where, what, { from, to })
    }
    checkClock(clocked, { seen: next, record }, span, report)
    if (record.clock !== undefined) clocked = record
    if (before !== undefined) checkStep(before, { seen: next, record }, span, report)
    before = { seen: next, record }
  }
}

type Said = SeenRecord['record']

/** Each names the one before it, and none is left out. */
function checkStep(
  before: { readonly seen: SeenRecord; readonly record: Said },
  { seen, record }: { readonly seen: SeenRecord; readonly record: Said },
  span: Time,
  report: Report,
): void {
  const step = record.sequence - before.record.sequence
  const time = { from: before.record.window.to, to: record.window.from }
  if (step > 1) {
    if (!touching(time, span)) return
    const what = holeText(before.record.sequence + 1, record.sequence - 1)
    report('missing', 'sequence-hole', seen.where, what, time)
  } else if (step === 1 && record.previous !== before.seen.payloadSha256) {
    const what = 'does not name the record before it: one of the two was changed or replaced'
    report('invalid', 'chain', seen.where, what, timeOf(seen))
  }
}

function holeText(first: number, last: number): string {
  return first === last
    ? `record ${first} before it is not here`
    : `${last - first + 1} records before it are not here (${first}-${last})`
}

/** Where an agent was started again, the records of its new boot are here from the first one on. */
function checkHeads(own: readonly SeenRecord[], span: Time, report: Report): void {
  const heads = new Map<string, SeenRecord>()
  for (const seen of own) {
    const { boot, sequence } = seen.record
    const head = heads.get(boot)
    if (head === undefined || sequence < head.record.sequence) heads.set(boot, seen)
  }
  if (heads.size < 2) return
  let seenTo: number | null = null
  for (const seen of [...own].sort((a, b) => a.record.window.from - b.record.window.from)) {
    const { boot, sequence, window } = seen.record
    if (seenTo !== null && seen === heads.get(boot) && sequence > 1) {
      const time = { from: seenTo, to: window.from }
      const what = holeText(1, sequence - 1)
      if (touching(time, span)) report('missing', 'sequence-hole', seen.where, what, time)
    }
    seenTo = Math.max(seenTo ?? window.to, window.to)
  }
}

/**
 * The first record of a boot names the last of the boot before, where both are here; what came before the
 * first boot that is here need not be. Boots follow each other as the log has them: inside one the newest
 * records may be logged before its first, for they are sent first.
 */
function checkStarts(
  own: readonly SeenRecord[],
  concerns: (first: SeenRecord) => boolean,
  report: Report,
): void {
  const digests = new Set(own.map(({ payloadSha256 }) => payloadSha256))
  const inOrder = [...own].sort((a, b) => a.index - b.index)
  const firstBoot = inOrder[0]?.record.boot
  for (const next of inOrder) {
    const { sequence, previous, boot } = next.record
    if (sequence !== 1 || !concerns(next)) continue
    if (boot === firstBoot && (previous === null || !digests.has(previous))) continue
    const what =
      previous === null
        ? 'begins a new chain in the middle: its agent lost its memory, or records before were hidden'
        : 'a new boot; the record that it names as the one before is not here'
    if (previous === null) report('suspicious', 'chain-restart', next.where, what, timeOf(next))
    else if (!digests.has(previous)) report('missing', 'boot-link', next.where, what, timeOf(next))
    else report('note', 'boot', next.where, 'the agent was started again', timeOf(next))
  }
}

function checkClock(
  earlier: Said | undefined,
  { seen, record }: { readonly seen: SeenRecord; readonly record: Said },
  span: Time,
  report: Report,
): void {
  const { window } = record
  const inside = stepInside(record)
  if (inside !== null && touching(window, span)) {
    const what = `wall clock and monotonic clock differ by ${inside.toFixed(0)} ms inside the window`
    report('suspicious', 'clock-step', seen.where, what, timeOf(seen))
  }
  const step = earlier === undefined ? null : stepBetween(earlier, record)
  if (earlier === undefined || step === null) return
  // When it was: before a time, or after it, it is none of its own.
  const borders = [earlier.window.to, window.from]
  if (touching({ from: Math.min(...borders), to: Math.max(...borders) }, span)) {
    const what = `the wall clock was stepped by ${step.toFixed(0)} ms before it`
    report('suspicious', 'clock-step', seen.where, what, timeOf(seen))
  }
}

export function timeOf({ record }: SeenRecord): { readonly from: number; readonly to: number } {
  return { from: record.window.from, to: record.window.to }
}
