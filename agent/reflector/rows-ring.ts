import { join } from 'node:path'
import type { Command } from 'commander'
import { Fault } from '../../shared/errors.ts'
import { RowsRing } from '../rows/ring.ts'
import type { SignedRows } from './statements.ts'

/** What is kept of the raw rows whose digests stand in receipts. */
export interface RowsOptions {
  /** Octets on disk; 0: none are kept. */
  readonly rowsSize: number
  readonly rowsDays: number
}

/** Two minutes' rows of as many calls as arrivals are kept for by default. */
const QUEUE_OCTETS = 48 * 2 ** 20
const UNITS = { '': 1, M: 1e6, G: 1e9 } as const

/** Adds `--rows-size` and `--rows-days`. */
export function addRowsOptions(command: Command): Command {
  return command
    .option(
      '--rows-size <size>',
      'most disk for raw rows (some 25 MB a call and day); or off',
      '2G',
    )
    .option('--rows-days <n>', 'longest that raw rows are kept', '7')
}

/** @throws Fault USAGE */
export function rowsFlags({ rowsSize, rowsDays }: Record<string, unknown>): RowsOptions {
  const size = /^(\d{1,6})([MG]?)$/.exec(String(rowsSize))
  if (size === null && rowsSize !== 'off') {
    throw new Fault('USAGE', '--rows-size', 'a size such as 500M or 2G, or off', String(rowsSize))
  }
  const days = Number(rowsDays)
  if (!Number.isInteger(days) || days < 1 || days > 365) {
    throw new Fault('USAGE', '--rows-days', 'a whole number from 1 to 365', String(rowsDays))
  }
  const unit = UNITS[(size?.[2] ?? '') as keyof typeof UNITS]
  return { rowsSize: size === null ? 0 : Number(size[1]) * unit, rowsDays: days }
}

/** Where a reflector's raw rows stand, below the folder of its signing key. */
export function rowsFolder(state: string): string {
  return join(state, 'rows')
}

export interface RowsKeeping {
  readonly kept: boolean
  readonly onRows: (rows: SignedRows) => void
  readonly close: () => Promise<void>
}

const NOTHING: RowsKeeping = {
  kept: false,
  onRows: () => undefined,
  close: () => Promise.resolve(),
}

/** Opens the ring; keeps nothing where it is off or cannot be had, and says so. */
export function keepRows(
  options: RowsOptions & { readonly state: string; readonly name: string },
  say: (line: string) => void,
): RowsKeeping {
  const { rowsSize, rowsDays, state, name } = options
  if (rowsSize === 0) return NOTHING
  try {
    const ring = new RowsRing({
      folder: rowsFolder(state),
      limits: { maxOctets: rowsSize, maxDays: rowsDays, queueOctets: QUEUE_OCTETS },
      nowMs: Date.now,
      onState: (cause, detail) =>
        say(cause === null ? 'raw rows are kept again' : `raw rows not kept: ${cause} (${detail})`),
    })
    for (const segment of ring.torn) say(`raw rows were torn and cut back: ${segment}`)
    return {
      kept: true,
      onRows: (rows) => void ring.offer(noteOf(rows, name), rows.bytes),
      close: () => ring.close(),
    }
  } catch (error) {
    say(`raw rows are not kept: ${error instanceof Error ? error.message : error}`)
    return NOTHING
  }
}

function noteOf({ bytes, sha256, rows, session, key, from, to }: SignedRows, name: string) {
  const nowMs = Date.now()
  return {
    ...{ side: 'reflector' as const, from: from ?? nowMs, to: to ?? nowMs, sha256, rows },
    ...{ octets: bytes.length, reflector: name, session, key },
  }
}
