import { EXIT } from '../../shared/errors.ts'
import { type Comparison, compareVerifications, type Side } from '../../shared/evidence/compare.ts'
import {
  compareHeads,
  compareThrough,
  type ForkFound,
  type HeadsCompared,
  type Shown,
} from '../../shared/evidence/compare-heads.ts'
import type { Examined } from '../../shared/evidence/verify.ts'
import { utc } from '../../shared/evidence/verify-entries.ts'
import { wrap } from './render.ts'
import { trustGiven, type VerifyOptions, verifyFile } from './run.ts'
import { openTiles } from './tiles.ts'

export interface CompareOptions extends VerifyOptions {
  /** Folder of the tiles of the whole log, to lead from one head to the other. */
  readonly tiles?: string
}

/**
 * Verifies two bundles and prints where they differ, and whether both were shown one log; the exit
 * code: 0 the same (of two sites: one log), 1 they differ, 2 whether it is one log cannot be said,
 * 5 one of them is invalid or no bundle at all, or the log was forked.
 * @throws Fault as runVerify and openTiles do
 */
export async function runCompare(
  [a, b]: readonly [string, string],
  options: CompareOptions,
  print: (text: string) => void,
): Promise<number> {
  const [readA, readB] = [await verifyFile(a, options), await verifyFile(b, options)]
  if (!readA.ok || !readB.ok) {
    const why = [readA, readB].flatMap((one, at) =>
      one.ok ? [] : [`${at === 0 ? a : b}: ${one.error}`],
    )
    const answer = { a, b, valid: false, why }
    print(options.json ? `${JSON.stringify(answer)}\n` : `INVALID: ${why.join('; ')}\n`)
    return EXIT.evidence
  }
  const [first, second] = [readA.value, readB.value]
  const heads = headsOf(first, second, options)
  const found = compareVerifications(first.found, second.found, heads)
  print(options.json ? `${JSON.stringify({ a, b, ...found })}\n` : render(found, a, b))
  const valid = first.found.valid && second.found.valid
  if (!valid || heads.word === 'fork') return EXIT.evidence
  if (first.found.site === second.found.site && !found.same) return EXIT.fail
  return heads.word === 'consistent' ? EXIT.pass : EXIT.inconclusive
}

function headsOf(a: Examined, b: Examined, options: CompareOptions): HeadsCompared {
  const [shownA, shownB] = [shownIn(a), shownIn(b)]
  if (options.tiles === undefined) return compareHeads(shownA, shownB)
  return compareThrough(shownA, shownB, openTiles(options.tiles, trustGiven(options).keys.log))
}

function shownIn({ found, parts }: Examined): Shown {
  const heads = (parts?.checkpoints ?? []).filter(({ trusted }) => trusted)
  return { origin: found.origin, heads, rootAt: (size) => parts?.rootAt(size) }
}

function render(found: Comparison, a: string, b: string): string {
  const differing = found.intervals.filter(({ same }) => !same)
  const equal = found.intervals.length - differing.length
  const lines = [
    ...[`A ${a}`, `B ${b}`, ''],
    wordOf(found),
    ...headLines(found.heads),
    ...found.apart.map((why) => `cannot be compared: ${why}`),
    ...(found.intervals.length === 0
      ? []
      : [`${equal} quarter hours alike, ${differing.length} not`]),
    ...differing.map((one) => `${utc(one.from).slice(0, 16)}  A ${side(one.a)}  B ${side(one.b)}`),
    ...found.onlyA.map((line) => `only A: ${line}`),
    ...found.onlyB.map((line) => `only B: ${line}`),
  ]
  const notes = found.heads.fork === null ? '' : notesOf(found.heads.fork)
  return `${lines.flatMap((line) => wrap(line)).join('\n')}\n${notes}`
}

function wordOf({ same, heads, intervals }: Comparison): string {
  if (heads.word === 'fork') return 'FORK: the log was shown in two versions, and this proves it'
  if (same) return 'THE SAME'
  if (intervals.length > 0) return 'DIFFERENT'
  return heads.word === 'consistent' ? 'ONE LOG' : 'CANNOT SAY'
}

function headLines({ word, why, agreedTo, fork }: HeadsCompared): string[] {
  if (word === 'consistent') return [`the log: ${why}, proven to be one up to ${agreedTo}`]
  if (word === 'fork') {
    const liars = (fork?.cosignedBoth ?? []).map(
      (name) => `witness ${name} cosigned both: whoever holds its key vouches for nothing`,
    )
    return [`the log: ${why}`, ...liars]
  }
  return [
    `the log: cannot say whether it is one: ${why}`,
    ...(agreedTo > 0 ? [`it is one up to ${agreedTo} leaves`] : []),
    'a copy of the whole log leads from one head to the other: --tiles DIR, as it is written by',
    '  voip-ready collector ledger export-tiles DIR, or mirrored from /api/v1/ledger (tlog-tiles)',
  ]
}

/** Signed notes stand as they are: not a character may change. */
function notesOf({ kind, a, b }: ForkFound): string {
  const proof =
    kind === 'two-roots'
      ? 'These two signed notes are the proof: anybody who has the key of the log can check them.'
      : 'The signed notes; the file of the larger one shows with which leaves it begins.'
  return `${proof}\n\nA, ${a.size} leaves:\n\n${a.note}\nB, ${b.size} leaves:\n\n${b.note}`
}

function side(one: Side): string {
  if (one === null) return 'nothing'
  const failing = one.failing.length === 0 ? '' : `, ${one.failing.join(' ')} fail`
  return `${one.overall ?? 'not recomputed'} (${one.records} records${failing})`
}
