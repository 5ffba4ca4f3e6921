import * as v from 'valibot'

/**
 * What the collector itself writes into the ledger, between the agents' records: signed by the log's
 * key as DSSE, in one order with the records, so that what was entered afterwards is seen to be.
 * Times are milliseconds since 1970 by the collector's clock.
 */
const name = v.pipe(v.string(), v.regex(/^[a-z0-9][a-z0-9-]{0,62}$/))
const instant = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(8.64e15))
const hex64 = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/))
const text = v.pipe(v.string(), v.maxLength(600))
const actor = v.pipe(v.string(), v.minLength(1), v.maxLength(128))
const count = v.pipe(v.number(), v.integer(), v.minValue(0))
/** A verifier key of C2SP signed-note: `name+hash+base64`. */
const vkey = v.pipe(v.string(), v.maxLength(300))
const base = { format: v.literal('voip-ready/entry/1'), at: instant }
const agent = { site: name, agent: name }

export const ENTRY_PAYLOAD_TYPE = 'application/vnd.voip-ready.entry+json'

export const EntrySchema = v.variant('kind', [
  /** The collector was up and listening (once a minute): silence of a site is not its own. */
  v.strictObject({ ...base, kind: v.literal('tick'), waiting: count, since: instant }),
  /** An agent has gone silent. `lastSequence` is the newest record of that boot that is here. */
  v.strictObject({
    ...{ ...base, ...agent, kind: v.literal('gap') },
    boot: v.pipe(v.string(), v.uuid()),
    lastSequence: count,
    since: instant,
  }),
  /** Records accepted long after their window: which, and how late the latest was. */
  v.strictObject({
    ...{ ...base, ...agent, kind: v.literal('late') },
    boot: v.pipe(v.string(), v.uuid()),
    fromSequence: count,
    toSequence: count,
    lateSeconds: v.pipe(v.number(), v.minValue(0)),
  }),
  v.strictObject({ ...base, ...agent, kind: v.literal('enrol'), key: vkey, by: actor }),
  /** The new key, signed by the old one (base64 over the new raw key under the DSSE type below). */
  v.strictObject({
    ...{ ...base, ...agent, kind: v.literal('rotate'), key: vkey, previousKeyId: text },
    signature: v.pipe(v.string(), v.base64()),
  }),
  v.strictObject({
    ...{ ...base, ...agent, kind: v.literal('revoke'), keyId: text, why: text, by: actor },
  }),
  v.strictObject({
    ...{ ...base, kind: v.literal('profile'), id: text, version: text, sha256: hex64 },
  }),
  /** A plan came into force for a site: `sha256` of its canonical JSON. */
  v.strictObject({
    ...{ ...base, kind: v.literal('plan'), site: name, version: count, sha256: hex64, by: actor },
    /** When it came into force: what began then or later is judged by it. */
    from: v.optional(instant),
    /** SHA-256 of what it says of the site as a bundle shows it (shownValues of shared/plan). */
    valuesSha256: v.optional(hex64),
  }),
  /** Maintenance or another time that the parties leave out; `at` tells when it was entered. */
  v.strictObject({
    ...{ ...base, kind: v.literal('exclusion'), site: name, id: text, from: instant, to: instant },
    cause: v.picklist(['maintenance', 'agreed']),
    why: text,
    by: actor,
    /** True: the exclusion of this id is taken back. */
    withdrawn: v.boolean(),
  }),
  /** What the collector judged of an interval: recomputable, and dated by its place here. */
  v.strictObject({
    ...{ ...base, kind: v.literal('verdict'), site: name, from: instant, to: instant },
    overall: v.picklist(['READY', 'NOT READY', 'CANNOT SAY']),
    profileSha256: hex64,
    records: count,
    /** Digest of the findings without their words: `findingsDigest`. */
    findingsSha256: hex64,
    /** By which rules (`JUDGING_RULES`); left out by builds from before these were numbered. */
    rules: v.optional(v.pipe(count, v.minValue(1))),
  }),
])
/** Kinds that this build knows. */
export const ENTRY_KINDS: ReadonlySet<string> = new Set(
  EntrySchema.options.map(({ entries: { kind } }) => kind.literal),
)
export type Entry = v.InferOutput<typeof EntrySchema>

/** What an agent's old key signs to hand over to a new one: the DSSE type; the payload is the raw new key. */
export const ROTATION_PAYLOAD_TYPE = 'application/vnd.voip-ready.rotation'

/** An entry before it is dated and signed. */
export type EntryBody = Entry extends infer E
  ? E extends Entry
    ? Omit<E, 'format' | 'at'>
    : never
  : never
