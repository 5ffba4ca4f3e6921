import * as v from 'valibot'
import { ok, type Result, refuse } from '../result.ts'
import { repeatsMembers } from '../schema/json-members.ts'
import { readerOf } from '../schema/reader.ts'
import { ENTRY_PAYLOAD_TYPE, type Entry, EntrySchema } from './entry.ts'
import { utf8 } from './octets.ts'
import { SignatureSchema } from './signature.ts'
import { LATER, type UnreadEntry, unreadEntry } from './unread.ts'
import type { Item, Report, SeenEntry, SeenUnread } from './verify-items.ts'
import type { Signatures } from './verify-signatures.ts'
import type { Vkey } from './vkey.ts'

const EntryEnvelopeSchema = v.strictObject({
  payloadType: v.literal(ENTRY_PAYLOAD_TYPE),
  payload: v.string(),
  signatures: v.array(SignatureSchema),
})

const readEnvelope = readerOf(EntryEnvelopeSchema)
const readInner = readerOf(EntrySchema)

interface Waiting {
  readonly where: string
  readonly payload: () => Uint8Array
  readonly signatures: readonly { readonly keyid: string; readonly sig: string }[]
}

interface EntryLine {
  readonly index: number
  readonly payload: string
  /** As JSON has it, but for its payload; null: it is none. */
  readonly envelope: unknown
}

type ReadEntry = SeenEntry | SeenUnread

/** So many entries may wait for a checkpoint over them. */
const MOST_WAITING = 1000

/**
 * Reads what the collector itself entered. It signs entries with its log's key, and that key signs
 * the checkpoints as well: an entry that names the key is proven by the next trusted checkpoint over
 * it, and held against its own signature where none comes.
 */
export class EntryReader {
  readonly #signatures: Signatures
  readonly #logKeys: readonly Vkey[]
  readonly #report: Report
  #waiting: Waiting[] = []

  constructor(context: {
    readonly signatures: Signatures
    readonly logKeys: readonly Vkey[]
    readonly report: Report
  }) {
    this.#signatures = context.signatures
    this.#logKeys = context.logKeys
    this.#report = context.report
  }

  /** An entry of the log of this origin, or its head; null when it is none. */
  read({ index, payload, envelope }: EntryLine, origin: string): ReadEntry | null {
    const inner = jsonOf(payload)
    const entry = inner.ok ? readInner(inner.value) : null
    const unread = entry?.ok === false ? unreadEntry(payload) : null
    const whole = readEnvelope(envelope)
    if (!whole.ok || (!entry?.ok && unread === null)) {
      const what = inner.ok ? 'is no entry: it was altered' : 'is no JSON, or names a member twice'
      this.#report('invalid', 'entry-form', `leaf ${index}`, what)
      return null
    }
    const kind = entry?.ok ? entry.value.kind : unread?.kind
    const where = `leaf ${index} ${kind}`
    this.#hold({ where, payload: () => utf8(payload), signatures: whole.value.signatures }, origin)
    if (entry?.ok) return { index, entry: entry.value }
    if (unread === null) return null
    this.#report('missing', 'entry-unread', where, LATER, timeOf(unread))
    return { index, unread }
  }

  #hold(waiting: Waiting, origin: string): void {
    const { signatures } = waiting
    const own = this.#logKeys.filter(({ name }) => name === origin)
    if (this.#signatures.name({ keys: own, signatures })) this.#waiting.push(waiting)
    else this.#check(waiting)
    if (this.#waiting.length >= MOST_WAITING) this.finish()
  }

  /** A checkpoint that the log's trusted key signed covers all that was read. */
  covered(): void {
    this.#waiting = []
  }

  /** Nothing more comes that could cover what waits. */
  finish(): void {
    for (const one of this.#waiting.splice(0)) this.#check(one)
  }

  #check({ where, payload, signatures }: Waiting): void {
    const keys = this.#logKeys
    if (this.#signatures.hold(ENTRY_PAYLOAD_TYPE, { keys, signatures, payload })) return
    const what = keys.length > 0 ? 'is not signed by a trusted log key' : 'no log key was given'
    this.#report(keys.length > 0 ? 'invalid' : 'missing', 'entry-signature', where, what)
  }
}

/** What an entry that cannot be read may be of; null: of anything. */
function timeOf({ from, to }: UnreadEntry): Item['time'] {
  return from === undefined || to === undefined ? null : { from, to }
}

/** An entry from its payload; null when it is none. */
export function readEntry(payload: string): Entry | null {
  const inner = jsonOf(payload)
  const entry = inner.ok ? readInner(inner.value) : null
  return entry?.ok ? entry.value : null
}

function jsonOf(text: string): Result<unknown, null> {
  try {
    const value = JSON.parse(text)
    return repeatsMembers(text, value) ? refuse(null) : ok(value)
  } catch {
    return refuse(null)
  }
}

/**
 * Entries as the log has them, each with when it was entered at the earliest: whatever it says itself,
 * not before anything that stands before it.
 */
export function enteredOf(
  entries: readonly SeenEntry[],
): (SeenEntry & { readonly enteredMs: number })[] {
  let latest = 0
  return entries.map((seen) => {
    latest = Math.max(latest, seen.entry.at)
    return { ...seen, enteredMs: latest }
  })
}

/** Exclusions, gaps and late records as the collector entered them. */
export function checkEntries(entries: readonly SeenEntry[], report: Report): void {
  for (const { index, entry, enteredMs } of enteredOf(entries)) {
    const where = `leaf ${index} ${entry.kind}`
    if (entry.at < enteredMs) {
      const what = `is dated ${(enteredMs - entry.at) / 1000} s before an entry that stands before it`
      report('suspicious', 'entry-order', where, what)
    }
    if (entry.kind === 'exclusion') checkExclusion(where, entry, enteredMs, report)
    if (entry.kind === 'gap') {
      const what = `the collector noted that ${entry.agent} was silent from ${utc(entry.since)} on`
      report('note', 'gap', where, what, { from: entry.since, to: entry.at })
    }
    if (entry.kind === 'late') {
      const { agent, fromSequence, toSequence, lateSeconds } = entry
      const what = `${agent} ${fromSequence}-${toSequence} came up to ${lateSeconds} s late`
      report('note', 'late', where, what)
    }
  }
}

function checkExclusion(
  where: string,
  entry: Extract<Entry, { readonly kind: 'exclusion' }>,
  enteredMs: number,
  report: Report,
): void {
  const time = { from: entry.from, to: entry.to }
  const span = `${utc(entry.from)} to ${utc(entry.to)}`
  if (enteredMs <= entry.from) {
    report('note', 'exclusion', where, `${span}, entered before by ${entry.by}: ${entry.why}`, time)
    return
  }
  const what = `backdated: ${span} was entered at ${utc(enteredMs)} by ${entry.by}: ${entry.why}`
  report('suspicious', 'backdated-exclusion', where, what, time)
}

export type PlanEntry = Extract<Entry, { readonly kind: 'plan' }>

/** What the log says of a version of a site's plan; undefined: nothing here does. */
export function planEntry(
  entries: readonly SeenEntry[],
  site: string,
  version: number,
): PlanEntry | undefined {
  for (const { entry } of entries) {
    if (entry.kind === 'plan' && entry.site === site && entry.version === version) return entry
  }
  return undefined
}

/** Milliseconds since 1970 as UTC to the second. */
export function utc(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`
}
