import { readFileSync, writeFileSync } from 'node:fs'
import { EXIT, Fault } from '../../shared/errors.ts'
import { toBase64 } from '../../shared/evidence/octets.ts'

import { type KeptLog, proofsIn, readKept, writeKept } from './kept-log.ts'
import { FORK_WORDS, headOf } from './log-follower.ts'

export interface LedgerOptions {
  readonly state: string
  /** Where the newest checkpoint and every proof go, as one JSON file. */
  readonly export?: string
  /** What is held against the log is settled: its proof stays, records no longer say it. */
  readonly settle?: boolean
  readonly json?: boolean
}

/**
 * `agent ledger`: what the agent keeps of its collector's log. The exit code: 0 nothing is held against
 * it, 1 something is, 2 nothing was kept yet.
 * @throws Fault CONFIG_READ, CONFIG_VALUE, STORE
 */
export function showLedger(options: LedgerOptions, print: (text: string) => void): number {
  const { state } = options
  const found = readKept(state)
  const kept = found !== null && options.settle === true ? settle(state, found) : found
  if (options.export !== undefined) exportTo(options.export, kept, state)
  const proofs = proofsIn(state)
  if (options.json === true) print(`${JSON.stringify({ state, kept, proofs })}\n`)
  else print(`${linesOf(state, kept, proofs).join('\n')}\n`)
  if (kept?.note == null) return EXIT.inconclusive
  return kept.fork === null ? EXIT.pass : EXIT.fail
}

/** A settled log is followed anew from what it shows next. */
function settle(state: string, kept: KeptLog): KeptLog {
  if (kept.fork === null) {
    throw new Fault(
      'USAGE',
      '--settle',
      'something held against the log',
      'nothing',
      'leave it out',
    )
  }
  const settled = { ...kept, fork: null, note: null }
  writeKept(state, settled)
  return settled
}

function exportTo(file: string, kept: KeptLog | null, state: string): void {
  const proofs = proofsIn(state).map((path) => JSON.parse(readFileSync(path, 'utf8')) as unknown)
  const whole = { format: 'voip-ready/kept-log-export/1', kept, proofs }
  try {
    writeFileSync(file, `${JSON.stringify(whole, null, 2)}\n`, { mode: 0o600 })
  } catch (error) {
    throw new Fault('STORE', file, 'a file that can be written', (error as Error).message)
  }
}

function linesOf(state: string, kept: KeptLog | null, proofs: readonly string[]): string[] {
  if (kept === null) return [`${state}: no checkpoint was kept yet`]
  const head = kept.note === null ? null : headOf(kept.note)
  const when = new Date(kept.keptMs).toISOString()
  return [
    `log          ${kept.origin}`,
    `key          ${kept.vkey}`,
    `pinned by    ${kept.pinned === 'enrolment' ? 'enrolment' : 'first use: compare it with the operator'}`,
    ...(head === null
      ? ['checkpoint   none yet']
      : [`checkpoint   ${head.size} leaves, kept ${when}`, `root         ${toBase64(head.root)}`]),
    ...kept.before.flatMap((note) => {
      const old = headOf(note)
      return old === null ? [] : [`before       ${old.origin}, ${old.size} leaves`]
    }),
    '',
    ...forkLines(kept),
    ...proofs.map((path) => `proof        ${path}`),
  ]
}

function forkLines({ fork }: KeptLog): string[] {
  if (fork === null) return ['Nothing is held against this log.']
  return [
    FORK_WORDS[fork.kind],
    `noticed      ${new Date(fork.noticedMs).toISOString()}`,
    ...['', 'kept:', '', fork.kept, 'shown:', '', fork.shown],
    'Every record says so until it is mended; --settle after both sides have the proof (--export).',
  ]
}
