import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'

/**
 * The table at the end of a run: scenario by scenario what the network really did beside what
 * voip-ready said. Scenarios run in processes of their own, so their lines meet in a file.
 */
export interface ScenarioLine {
  readonly scenario: string
  /** What was true: from the router's log, nft's counters or tshark. */
  readonly truth: string
  /** What `voip-ready check` measured. */
  readonly said: string
  /** Verdicts with their reasons. */
  readonly verdict: string
}

declare module 'vitest' {
  interface ProvidedContext {
    scenarioLines: string
  }
}

/** Before the run; what it returns is called after the last test. */
export default function collectLines(project: TestProject): () => void {
  const folder = mkdtempSync(join(tmpdir(), 'voip-ready-scenarios-'))
  const file = join(folder, 'lines.jsonl')
  project.provide('scenarioLines', file)
  return () => {
    if (existsSync(file)) console.log(renderLines(readLines(file)))
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Adds a line; `file` is what `inject('scenarioLines')` gives. */
export function addLine(file: string, line: ScenarioLine): void {
  appendFileSync(file, `${JSON.stringify(line)}\n`)
}

function readLines(file: string): readonly ScenarioLine[] {
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as ScenarioLine)
}

/** One block per scenario: its name, and under it truth, measurement and verdict. */
export function renderLines(lines: readonly ScenarioLine[]): string {
  const blocks = lines.map(({ scenario, truth, said, verdict }) =>
    [scenario, `  truth    ${truth}`, `  said     ${said}`, `  verdict  ${verdict}`].join('\n'),
  )
  return `\n${lines.length} scenarios, truth beside measurement\n\n${blocks.join('\n')}\n`
}
