import type { ReceiptStatement, SignedReceipt } from '../record/receipt.ts'
import { type AgentRecord, RecordSchema } from '../record/record.ts'
import { streamOutside } from '../record/window.ts'
import { repeatsMembers } from '../schema/json-members.ts'
import { readerOf } from '../schema/reader.ts'
import { JudgeAhead } from './judge-ahead.ts'
import { type Asked, placeInOctets } from './read-leaf.ts'
import type { ReadLine } from './read-lines.ts'
import { type CountedRange, countedRanges, type Disagreement } from './receipt-check.ts'
import { statementIn } from './receipt-statement.ts'
import { holdReceipt, streamsOfRecord } from './receipt-streams.ts'
import { type Unread, unreadRecord } from './unread.ts'
import type { VerifyTools } from './verify-items.ts'
import type { Word } from './verify-verdicts.ts'

/** What is asked of lines that follow each other. */
export interface Question {
  readonly asked: readonly Asked[]
  /** Their payloads, wherever they stand in it; they stay as they are until the answer was given. */
  readonly octets: Uint8Array
  /** Judgements are wanted whole. */
  readonly whole: boolean
}

/** What is said of one record, without what it observed. */
export interface ReadPayload {
  /**
   * Where its observations stand among the payload's octets. All else of it is read again from what is
   * around them, which is of its format as the whole is; null: it must be read as a whole.
   */
  readonly cut: { readonly from: number; readonly to: number } | null
  readonly streams: number
  /** A stream of it says that it is of other time than the record. */
  readonly isAstray: boolean
  /** Of those, how many have receipts beside them. */
  readonly backed: number
  /** By its evidence and in that order; null: not of its format. */
  readonly receipts: readonly (readonly (ReadReceipt | null)[])[]
  /** By its evidence, in that order; empty: there is none. */
  readonly disagreements: readonly (readonly Disagreement[])[]
  /** By its evidence, in that order: packets of its stream that no receipt counts; empty: there are none. */
  readonly uncounted: readonly number[]
  /** What may be judged by it, were its words known here; null: they are. */
  readonly unread: Unread | null
}

/** What a receipt says of itself, without its figures. */
export interface ReadReceipt
  extends Pick<
    ReceiptStatement,
    'reflector' | 'session' | 'previous' | 'version' | 'firstArrival' | 'lastArrival' | 'at'
  > {
  /** Where its packets came from, as the reflector saw it. */
  readonly address: string
  readonly counted: readonly CountedRange[]
}

export interface Answer {
  /** Of each record that was asked of; null: it is not of its format. */
  readonly payloads: readonly (ReadPayload | null)[]
  /** Judgements from what was read so far. */
  readonly words: readonly Word[]
}

/** What of lines that were read is asked of a {@link PayloadReader}. */
export function askedOf(lines: readonly ReadLine[]): Asked[] {
  return lines.flatMap((read): Asked[] => {
    if (read.kind === 'bad') return []
    if (read.kind === 'record' || read.kind === 'entry') {
      const { kind, index, place } = read
      return kind === 'entry' || isAskedOf(read) ? [{ kind, index, place }] : []
    }
    return read.line.kind === 'rows' || read.line.kind === 'hashes' ? [] : [read.line]
  })
}

/** True for a record that a {@link PayloadReader} answers: what is in no envelope is none. */
export function isAskedOf(read: ReadLine): read is Extract<ReadLine, { readonly kind: 'record' }> {
  return read.kind === 'record' && read.signatures !== null
}

/** What reading payloads needs of the machine. */
export type PayloadTools = Pick<VerifyTools, 'sha256' | 'sha256hex' | 'fromBase64' | 'text'>

/**
 * Reads what records say, and judges by it: most of the work of verifying, and none that needs keys
 * or the log. So it may be done in a thread of its own. Ask it of all lines of a bundle, in order.
 */
export class PayloadReader {
  readonly #tools: PayloadTools
  readonly #judge: JudgeAhead

  constructor(tools: PayloadTools) {
    this.#tools = tools
    this.#judge = new JudgeAhead(tools)
  }

  read({ asked, octets, whole }: Question): Answer {
    const payloads: (ReadPayload | null)[] = []
    for (const one of asked) {
      if (!('place' in one)) {
        this.#judge.take(one)
        continue
      }
      const own = octets.subarray(one.place.from, one.place.to)
      const payload = this.#tools.text(own)
      if (one.kind === 'entry') {
        this.#judge.entry(one.index, payload)
        continue
      }
      const record = parsed(payload, jsonOf)
      if (record === null || repeatsMembers(payload, record.value)) {
        payloads.push(record === null ? this.#unread(one.index, payload) : null)
        continue
      }
      const ascii = payload.length === own.length
      const cut = record.cut === null || ascii ? record.cut : placeInOctets(payload, record.cut)
      payloads.push({ cut, ...this.#look(record.value) })
      this.#judge.add({ index: one.index, record: record.value, unread: null }, payload.length)
    }
    return { payloads, words: this.#judge.said(whole) }
  }

  #unread(index: number, payload: string): ReadPayload | null {
    const head = unreadRecord(payload)
    if (head === null) return null
    const { record, unread } = head
    this.#judge.add({ index, record, unread }, payload.length)
    return { cut: null, ...this.#look(record), unread }
  }

  #look(record: AgentRecord): Omit<ReadPayload, 'cut'> {
    const streams = streamsOfRecord(record)
    const backed = new Set<object>()
    const read = (record.evidence ?? []).map((evidence) => {
      const all = evidence.receipts.map((one) => readReceiptOf(this.#tools, one))
      const statements = all.flatMap((one) => one?.statement ?? [])
      // Beside one that cannot be read the others are not all that there is to be said.
      const held = all.includes(null) ? null : holdReceipt(record, evidence, statements)
      if (held !== null && all.length > 0) backed.add(held.stream)
      return {
        receipts: all.map((one) => one?.receipt ?? null),
        differ: held?.disagreements ?? [],
        uncounted: held?.uncounted ?? 0,
      }
    })
    const none = read.every(({ differ }) => differ.length === 0)
    return {
      ...{ streams, isAstray: streamOutside(record) !== -1 },
      ...{ backed: backed.size, receipts: read.map(({ receipts }) => receipts) },
      disagreements: none ? [] : read.map(({ differ }) => differ),
      uncounted: read.every((one) => one.uncounted === 0) ? [] : read.map((one) => one.uncounted),
      unread: null,
    }
  }
}

/** Reads a receipt; null when it is none. */
function readReceiptOf(
  { fromBase64 }: Pick<VerifyTools, 'fromBase64'>,
  { payload }: SignedReceipt,
): { readonly receipt: ReadReceipt; readonly statement: ReceiptStatement } | null {
  const statement = statementIn(fromBase64(payload))
  if (statement === null) return null
  const { reflector, session, previous, version, firstArrival, lastArrival, at, peer } = statement
  const counted = countedRanges(statement)
  const said = { reflector, session, version, address: peer.address, firstArrival, lastArrival }
  const receipt = { ...said, counted, ...(at === undefined ? {} : { at }) }
  return { receipt: previous === undefined ? receipt : { ...receipt, previous }, statement }
}

/** A record from its payload; null when it is none. */
export function recordOf(payload: string): AgentRecord | null {
  return parsed(payload, whole)?.value ?? null
}

interface Parsed {
  readonly value: unknown
  readonly cut: ReadPayload['cut']
}

/**
 * A payload as JSON has it, its observations cut out and read apart where that is certainly the same.
 * The record, an empty array in that place, is JSON. Without any backslash a name in quotes is spelled in
 * one way, so `"observations"` found once in it is the one member of that name; and what stood after its
 * colon is a whole array of JSON by itself, and so its value.
 */
function jsonOf(payload: string): Parsed {
  const cut = payload.includes('\\') ? null : observationsIn(payload)
  if (cut === null) return { value: JSON.parse(payload), cut }
  try {
    const record = JSON.parse(`${payload.slice(0, cut.from)}[]${payload.slice(cut.to)}`)
    const { observations } = record
    if (Array.isArray(observations) && observations.length === 0) {
      record.observations = JSON.parse(payload.slice(cut.from, cut.to))
      if (Array.isArray(record.observations)) return { value: record, cut }
    }
  } catch {
    // It was cut in another place than where its observations end.
  }
  return { value: JSON.parse(payload), cut: null }
}

const OBSERVATIONS = '"observations"'
/** Members that may follow the observations. */
const NEXT = ['evidence', 'seen', 'round', 'run', 'dropped', 'clock', 'fork'].map(
  (name) => `],"${name}":`,
)

/** Where the observations of a payload seem to be; null where none are found, or more than one. */
function observationsIn(payload: string): ReadPayload['cut'] {
  const from = payload.indexOf(OBSERVATIONS) + OBSERVATIONS.length + 1
  if (payload[from - 1] !== ':' || from < OBSERVATIONS.length) return null
  for (const next of NEXT) {
    const end = payload.indexOf(next, from)
    if (end === -1) continue
    return payload.indexOf(OBSERVATIONS, end) === -1 ? { from, to: end + 1 } : null
  }
  return null
}

const readAgentRecord = readerOf(RecordSchema)

/** A record; null when the text is none. `cut` is null as well where the schema changed a value. */
function parsed(
  text: string,
  json: (text: string) => Parsed,
): { readonly value: AgentRecord; readonly cut: ReadPayload['cut'] } | null {
  try {
    const { value, cut } = json(text)
    const found = readAgentRecord(value)
    return found.ok ? { value: found.value, cut: found.value === value ? cut : null } : null
  } catch {
    return null
  }
}

const whole = (text: string): Parsed => ({ value: JSON.parse(text), cut: null })
