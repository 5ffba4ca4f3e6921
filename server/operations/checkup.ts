import { EXIT } from '../../shared/errors.ts'

/** `doubtful`: it works, less well or for now; `unknown`: it could not be looked at from here. */
export type CheckupState = 'good' | 'doubtful' | 'unknown' | 'broken'

/** One thing that a collector needs, as it was found. */
export interface Checkup {
  readonly name: string
  readonly state: CheckupState
  readonly found: string
  /** What to do; empty when it is good. */
  readonly repair: string
}

export function good(name: string, found: string): Checkup {
  return { name, state: 'good', found, repair: '' }
}

export function lacking(
  name: string,
  state: Exclude<CheckupState, 'good'>,
  found: string,
  repair: string,
): Checkup {
  return { name, state, found, repair }
}

/** 0: all good; 2: something is doubtful or unknown; 4: a collector cannot run like this. */
export function exitOf(checkups: readonly Checkup[]): number {
  if (checkups.some(({ state }) => state === 'broken')) return EXIT.environment
  return checkups.every(({ state }) => state === 'good') ? EXIT.pass : EXIT.inconclusive
}

const WIDTH = 100
const SUMS: Readonly<Record<number, string>> = {
  [EXIT.pass]: 'all well: a collector can run here',
  [EXIT.inconclusive]: 'a collector can run here, with the doubts named above',
  [EXIT.environment]: 'a collector cannot run here; mend what is broken first',
}

/** The visit as a table, at most 100 columns wide; below each lack how to mend it. */
export function renderCheckups(checkups: readonly Checkup[]): string {
  const name = Math.max(...checkups.map((one) => one.name.length))
  const indent = name + 12
  const lines = checkups.flatMap((one) => {
    const head = `${one.name.padEnd(name)}  ${one.state.padEnd(8)}  `
    const found = wrapped(one.found, WIDTH - indent)
    const repair = one.repair === '' ? [] : wrapped(`to mend: ${one.repair}`, WIDTH - indent)
    const rest = [...found.slice(1), ...repair].map((line) => ' '.repeat(indent) + line)
    return [head + (found[0] ?? ''), ...rest]
  })
  return `${[...lines, '', SUMS[exitOf(checkups)]].join('\n')}\n`
}

/** Broken at spaces; a word longer than the line is cut, never lost. */
function wrapped(text: string, width: number): string[] {
  const lines: string[] = []
  for (const word of text.split(/\s+/).flatMap((long) => pieces(long, width))) {
    const last = lines.at(-1)
    if (last === undefined || last.length + 1 + word.length > width) lines.push(word)
    else lines[lines.length - 1] = `${last} ${word}`
  }
  return lines
}

function pieces(word: string, width: number): string[] {
  return word.match(new RegExp(`.{1,${width}}`, 'g')) ?? ['']
}
