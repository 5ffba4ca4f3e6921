import { unpackRawRows } from '../measure/raw-rows-pack.ts'
import {
  decodeAgentRows,
  decodeArrivalRows,
  describeRawRows,
  type RawRowsShape,
} from '../measure/raw-rows-read.ts'
import { measureLimitsOf } from '../profile/limits.ts'
import type { Profile } from '../profile/schema.ts'
import type { StreamObservation } from '../record/observation.ts'
import type { ReceiptStatement, StreamEvidence } from '../record/receipt.ts'
import type { LineOf } from './bundle.ts'
import { fromBase64, toHex } from './octets.ts'
import { digestsOf } from './rows-digests.ts'
import { type PacketDispute, packetsInDispute } from './rows-packets.ts'
import {
  differencesOfStatement,
  differencesOfWindow,
  type RowsOfStatement,
} from './rows-recompute.ts'
import { type Half, type RowsWindow, tellDigestsOnly } from './rows-windows.ts'
import type { Report, SeenRecord, VerifyTools } from './verify-items.ts'

interface Window {
  readonly seen: SeenRecord
  readonly evidence: StreamEvidence
  readonly digests: { readonly agent: number; readonly reflector: number }
  readonly signed: readonly ReceiptStatement[]
  readonly came: { agent: Uint8Array | null; readonly statements: RowsOfStatement[] }
  disputed: readonly PacketDispute[]
}

interface Place {
  readonly window: Window
  readonly side: 'agent' | 'reflector'
  readonly rows: number
  readonly statement: ReceiptStatement | null
}

const MOST_NAMED = 8

export interface RowsParts {
  readonly tools: Pick<VerifyTools, 'sha256'>
  readonly report: Report
  /** The profiles that are here, by their hashes. */
  readonly profiles: ReadonlyMap<string, Profile>
}

/**
 * Holds raw rows against the digests that agents and reflectors signed, and the counts and statistics
 * of those signed statements against the rows. The rows of one window stand together, so that one
 * window is held at a time.
 */
export class RowsCheck {
  readonly #parts: RowsParts
  readonly #records: readonly SeenRecord[]
  #windows: Window[] | null = null
  readonly #places = new Map<string, Place>()
  readonly #read = new Set<string>()
  #open: Window | null = null
  #lines = 0

  /** @param records grows while a bundle is read; with their evidence where rows are to follow */
  constructor(parts: RowsParts, records: readonly SeenRecord[]) {
    this.#parts = parts
    this.#records = records
  }

  take(line: LineOf<'rows'>): void {
    this.#lines += 1
    const { report } = this.#parts
    const { sha256 } = line
    const where = `rows ${sha256.slice(0, 16)}`
    const bytes = octetsOf(line)
    const place = this.#indexed() && this.#places.get(sha256)
    if (bytes === null) report('invalid', 'rows-form', where, 'are no raw rows')
    else if (toHex(this.#parts.tools.sha256(bytes)) !== sha256) {
      report('invalid', 'rows-digest', where, 'do not have the digest that they are given under')
    } else if (place === undefined) {
      const what = 'no record or receipt here names this digest: of another session, or made up'
      report('invalid', 'rows-unknown', where, what)
    } else if (this.#read.has(sha256)) {
      report('invalid', 'rows-repeated', where, 'stand here twice')
    } else {
      this.#read.add(sha256)
      if (this.#open !== place.window) this.#judge()
      this.#open = place.window
      this.#put(place, bytes, where)
    }
  }

  /**
   * Everything that was taken is judged then; what is here of each window, in time's order. Null: the
   * bundle was made without rows.
   */
  finish({ from, to, rows }: LineOf<'manifest'>): RowsWindow[] | null {
    this.#judge()
    if (rows !== undefined && rows !== this.#lines) {
      const what = `states ${rows} lines of raw rows, and there are ${this.#lines}`
      this.#parts.report('invalid', 'rows-count', 'manifest', what)
    }
    if (rows === undefined) return null
    const windows = this.#indexed()
      .filter(({ evidence }) => evidence.from < to && evidence.to > from)
      .sort((a, b) => a.evidence.from - b.evidence.from)
      .map((window) => ({ ...placeOf(window.evidence), ...halvesOf(window) }))
    tellDigestsOnly(windows, this.#parts.report)
    return windows
  }

  /** Every window that the records sign for, indexed once: they stand before all rows. */
  #indexed(): readonly Window[] {
    if (this.#windows !== null) return this.#windows
    const windows = this.#records.flatMap((seen) =>
      (seen.evidence ?? []).map((evidence) => this.#index(seen, evidence)),
    )
    this.#windows = windows
    return windows
  }

  #index(seen: SeenRecord, evidence: StreamEvidence): Window {
    const digests = digestsOf(evidence)
    const of = (side: 'agent' | 'reflector') => digests.filter((one) => one.side === side).length
    const window: Window = {
      ...{ seen, evidence, digests: { agent: of('agent'), reflector: of('reflector') } },
      signed: digests.flatMap(({ statement }) => statement ?? []),
      ...{ came: { agent: null, statements: [] }, disputed: [] },
    }
    for (const { sha256, ...rest } of digests) this.#places.set(sha256, { window, ...rest })
    return window
  }

  #put({ window, side, rows, statement }: Place, bytes: Uint8Array, where: string): void {
    const { report } = this.#parts
    const time = placeOf(window.evidence)
    const agent = side === 'agent' ? decodeAgentRows(bytes) : null
    const arrivals = side === 'reflector' ? decodeArrivalRows(bytes) : null
    const shape = describeRawRows(bytes)
    if (shape?.side !== side || rowsIn(shape) !== rows) {
      const what = `were signed as ${rows} rows of the ${side}, and are something else`
      report('invalid', 'rows-disagree', where, what, time)
      return
    }
    if (agent === null && arrivals === null) {
      const what = `are ${rows} rows of ${shape.rowBytes} octets, of another build: nothing is recomputed from them`
      report('missing', 'rows-unread', where, what, time)
      return
    }
    if (agent !== null) window.came.agent = bytes
    if (arrivals !== null && statement !== null)
      window.came.statements.push({ statement, arrivals })
  }

  /** All rows of a window are here: recomputes what was signed of it. */
  #judge(): void {
    const window = this.#open
    this.#open = null
    if (window === null) return
    const { came, seen, evidence, signed } = window
    for (const { statement, arrivals } of came.statements)
      this.#tell(window, 'the receipt', differencesOfStatement(statement, arrivals))
    const agent = came.agent === null ? null : decodeAgentRows(came.agent)
    came.agent = agent === null ? null : new Uint8Array()
    if (agent === null) {
      this.#drop(window)
      return
    }
    const observation = observationOf(seen, evidence)
    const profile = this.#parts.profiles.get(seen.record.profile.sha256)
    if (observation !== null && profile !== undefined) {
      const limits = measureLimitsOf(profile)
      const given = { observation, limits, statements: came.statements, signed }
      this.#tell(window, 'the record', differencesOfWindow(agent, given))
    } else {
      const what = observation === null ? 'no stream of the record is of this window' : 'no profile'
      this.#parts.report('missing', 'rows-not-recomputed', seen.where, what, placeOf(evidence))
    }
    const steps = observation?.clocks.agent.steps ?? 1
    window.disputed = packetsInDispute(agent, came.statements, steps > 0)
    this.#tellDisputed(window)
    this.#drop(window)
  }

  /** The rows go; that they were here is remembered. */
  #drop({ came }: Window): void {
    for (const [at, one] of came.statements.entries())
      came.statements[at] = { ...one, arrivals: [] }
  }

  #tell({ seen, evidence }: Window, who: string, differences: readonly string[]): void {
    if (differences.length === 0) return
    const more = differences.length - MOST_NAMED
    const list = differences.slice(0, MOST_NAMED).join('; ')
    const what = `${who} says otherwise than its rows: ${list}${more > 0 ? `; and ${more} more` : ''}`
    const where = `${seen.where}, ${evidence.farEnd}`
    this.#parts.report('invalid', 'rows-disagree', where, what, placeOf(evidence))
  }

  #tellDisputed({ seen, evidence, disputed }: Window): void {
    if (disputed.length === 0) return
    const named = disputed.slice(0, MOST_NAMED).map(({ sequence, what }) => `${sequence} (${what})`)
    const more = disputed.length > MOST_NAMED ? ' and more' : ''
    const what = `agent and reflector disagree on packets: ${named.join(', ')}${more}`
    const where = `${seen.where}, ${evidence.farEnd}`
    this.#parts.report('suspicious', 'rows-packets', where, what, placeOf(evidence))
  }
}

const rowsIn = ({ streams }: RawRowsShape) => streams.reduce((sum, { count }) => sum + count, 0)

function octetsOf({ bytes }: LineOf<'rows'>): Uint8Array | null {
  const packed = fromBase64(bytes)
  return packed === null ? null : unpackRawRows(packed)
}

function placeOf({ from, to, farEnd, segment }: StreamEvidence) {
  return { from, to, farEnd, ...(segment === undefined ? {} : { segment }) }
}

function halvesOf({ came, digests, disputed }: Window) {
  const half = (here: boolean, signed: number): Half =>
    here ? 'rows' : signed > 0 ? 'digest' : 'none'
  return {
    agent: half(came.agent !== null, digests.agent),
    reflector: half(
      came.statements.length > 0 && came.statements.length >= digests.reflector,
      digests.reflector,
    ),
    disputed,
  }
}

function observationOf(seen: SeenRecord, evidence: StreamEvidence): StreamObservation | null {
  const found = seen
    .observations()
    .filter(
      (one): one is StreamObservation =>
        one.kind === 'stream' &&
        one.farEnd === evidence.farEnd &&
        one.segment === evidence.segment &&
        one.from === evidence.from,
    )
  return found.length === 1 ? (found[0] ?? null) : null
}
