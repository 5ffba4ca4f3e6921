import { EXIT, Fault } from '../../shared/errors.ts'
import { type Comparison, compareVerifications, type Side } from '../../shared/evidence/compare.ts'
import { utc } from '../../shared/evidence/verify-entries.ts'
import { wrap } from './render.ts'
import { type VerifyOptions, verifyFile } from './run.ts'

/**
 * Verifies two bundles and prints where they differ; the exit code: 0 the same, 1 they differ,
 * 5 one of them is invalid.
 * @throws Fault as runVerify does; USAGE when a file is no bundle at all
 */
export async function runCompare(
  [a, b]: readonly [string, string],
  options: VerifyOptions,
  print: (text: string) => void,
): Promise<number> {
  const first = await opened(a, options)
  const second = await opened(b, options)
  const found = compareVerifications(first, second)
  print(options.json ? `${JSON.stringify({ a, b, ...found })}\n` : render(found, a, b))
  if (!first.valid || !second.valid) return EXIT.evidence
  return found.same ? EXIT.pass : EXIT.fail
}

async function opened(file: string, options: VerifyOptions) {
  const read = await verifyFile(file, options)
  if (read.ok) return read.value.found
  throw new Fault('USAGE', file, 'a bundle', read.error)
}

function render(found: Comparison, a: string, b: string): string {
  const differing = found.intervals.filter(({ same }) => !same)
  const equal = found.intervals.length - differing.length
  const lines = [
    ...[`A ${a}`, `B ${b}`, ''],
    found.same ? 'THE SAME' : 'DIFFERENT',
    ...found.apart.map((why) => `cannot be compared: ${why}`),
    `${equal} quarter hours alike, ${differing.length} not`,
    ...differing.map((one) => `${utc(one.from).slice(0, 16)}  A ${side(one.a)}  B ${side(one.b)}`),
    ...found.onlyA.map((line) => `only A: ${line}`),
    ...found.onlyB.map((line) => `only B: ${line}`),
  ]
  return `${lines.flatMap((line) => wrap(line)).join('\n')}\n`
}

function side(one: Side): string {
  if (one === null) return 'nothing'
  const failing = one.failing.length === 0 ? '' : `, ${one.failing.join(' ')} fail`
  return `${one.overall ?? 'not recomputed'} (${one.records} records${failing})`
}
