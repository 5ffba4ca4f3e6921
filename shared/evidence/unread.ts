import * as v from 'valibot'
import { type ReceiptStatement, ReceiptStatementSchema } from '../record/receipt.ts'
import { type AgentRecord, RecordSchema, RoundSchema, RunPartSchema } from '../record/record.ts'
import { carriedBy } from '../verdict/period.ts'
import { ENTRY_KINDS } from './entry.ts'
import { objectOf } from './plain.ts'

/** How it is told of anything that is signed as it should be. */
export const LATER = 'holds words that this build does not know: verify it with a later build'

/**
 * What a later build wrote may hold words that this one does not know. Its head is read nevertheless: by
 * that the signature can be held against a key, and the place in the chain kept. So what is signed and
 * not understood is missing, and what is not signed as it should be is invalid.
 */
export type Unread = 'minute' | 'round' | 'run' | 'nothing'

const { entries: members } = RecordSchema

/** Left out where it is not of its form: it says nothing that anything else rests on. */
const orNone = <S extends v.GenericSchema>(schema: S) =>
  v.optional(v.fallback(v.optional(schema), undefined as v.InferOutput<S> | undefined))

const HeadSchema = v.object({
  format: v.pipe(v.string(), v.regex(/^voip-ready\/record\/\d{1,3}$/)),
  site: members.site,
  agent: members.agent,
  boot: members.boot,
  sequence: members.sequence,
  previous: members.previous,
  tool: v.object(members.tool.entries),
  profile: v.object(members.profile.entries),
  window: v.object(members.window.entries),
  clock: orNone(v.object(members.clock.wrapped.entries)),
  seen: orNone(v.object(members.seen.wrapped.entries)),
  dropped: orNone(v.object(members.dropped.wrapped.entries)),
  round: orNone(RoundSchema),
  run: orNone(RunPartSchema),
})

/** A record of which the head alone was read. */
export interface UnreadRecord {
  /** It observed nothing and has no receipts, as far as anybody here can tell. */
  readonly record: AgentRecord
  /** What may be judged by it; `nothing`: it is a check that was asked for. */
  readonly unread: Unread
}

/** The head of a record whose payload this build cannot read; null: it has none either, and is no record. */
export function unreadRecord(payload: string): UnreadRecord | null {
  const value = objectOf(payload)
  const head = v.safeParse(HeadSchema, value)
  if (value === null || !head.success) return null
  const { clock, seen, dropped, round, run, ...rest } = head.output
  const record: AgentRecord = {
    ...{ ...rest, format: 'voip-ready/record/1', observations: [] },
    ...(clock === undefined ? {} : { clock }),
    ...(seen === undefined ? {} : { seen }),
    ...(dropped === undefined ? {} : { dropped }),
    ...(round === undefined ? {} : { round }),
    ...(run === undefined ? {} : { run }),
  }
  return { record, unread: bearing(value, record) }
}

function bearing(value: object, record: AgentRecord): Unread {
  if ('run' in value) return record.run === undefined ? 'run' : (carriedBy(record) ?? 'nothing')
  return 'round' in value ? 'round' : 'minute'
}

const kind = v.pipe(v.string(), v.minLength(1), v.maxLength(64))
const instant = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(8.64e15))
const EntryHeadSchema = v.object({
  format: v.pipe(v.string(), v.regex(/^voip-ready\/entry\/\d{1,3}$/)),
  at: instant,
  kind,
  site: orNone(members.site),
  agent: orNone(members.agent),
  from: orNone(instant),
  to: orNone(instant),
})
/** An entry of which the head alone was read. */
export type UnreadEntry = v.InferOutput<typeof EntryHeadSchema>

/** The head of an entry whose payload this build cannot read; null: it has none either, and is no entry. */
export function unreadEntry(payload: string): UnreadEntry | null {
  const head = v.safeParse(EntryHeadSchema, objectOf(payload))
  return head.success ? head.output : null
}

/** True for an entry that may be about who signs for an agent. */
export function mayNameKeys({ kind: said }: UnreadEntry): boolean {
  return said === 'rotate' || said === 'revoke' || !ENTRY_KINDS.has(said)
}

/** True for an entry that may take a time of a site out of what is held against it. */
export function mayExclude(
  { kind: said, from, to, ...of }: UnreadEntry,
  site: string,
  time: { readonly from: number; readonly to: number },
): boolean {
  if (said !== 'exclusion' && ENTRY_KINDS.has(said)) return false
  if (of.site !== undefined && of.site !== site) return false
  return from === undefined || to === undefined || (from < time.to && to > time.from)
}

const ReceiptHeadSchema = v.object({ reflector: ReceiptStatementSchema.entries.reflector })

/** Who says that he signed a receipt that this build cannot read; null: it is no receipt. */
export function unreadReceipt(payload: string): Pick<ReceiptStatement, 'reflector'> | null {
  const head = v.safeParse(ReceiptHeadSchema, objectOf(payload))
  return head.success ? head.output : null
}
