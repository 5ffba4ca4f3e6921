import * as v from 'valibot'
import { ok, type Result, refuse } from '../result.ts'
import { repeatsMembers } from '../schema/json-members.ts'
import { readerOf } from '../schema/reader.ts'

/**
 * A bundle is one file: a first line with the format's name and the SHA-256 of everything after it,
 * then gzip of lines, each a JSON object of a `kind` below, in this order: manifest, profiles,
 * policy, site values (those that stand for no plan first, then those of each plan that held in the
 * time, by its version); then the log from its first leaf to its last checkpoint (records, entries,
 * hashes of what is not shown, checkpoints); then verdicts, raw rows, and the end.
 *
 * The payload of a leaf, which is JSON, stands in its line as it was signed, octet by octet, with
 * nothing around it; only one that holds a line feed, or is no object, is put as a text.
 */
export const BUNDLE_FORMAT = 'voip-ready/bundle/3'
/** How the first line of every version begins; none but the above is read, for none was released. */
const VERSION = /^voip-ready\/bundle\/(\d{1,9}) /
/** How the lines are compressed: the same lines give the same octets. */
export const BUNDLE_GZIP = { level: 6, memLevel: 8, windowBits: 15 } as const
/** Length of the first line, its newline included: every file has the same. */
export const HEAD_LENGTH = BUNDLE_FORMAT.length + ' sha256:'.length + 64 + 1

/** Base64 of 16 MiB: what one window holds at most. */
const MOST_ROWS_TEXT = 22_400_000
const hex64 = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/))
const count = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(Number.MAX_SAFE_INTEGER))
const instant = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(8.64e15))
const short = v.pipe(v.string(), v.maxLength(300))

/** The longest time that a bundle is of: some file of a few octets may say that it is of all time. */
export const LONGEST_TIME_MS = 100 * 24 * 3_600_000

/** Characters that a payload has at most. */
export const MOST_PAYLOAD = 65_535

/** An envelope with its payload cut out of the frame at `at`, and given as text. */
const leaf = {
  index: count,
  frame: v.pipe(v.string(), v.maxLength(4096)),
  at: count,
  payload: v.pipe(v.string(), v.maxLength(MOST_PAYLOAD)),
}

export const BundleLineSchema = v.variant('kind', [
  v.strictObject({
    kind: v.literal('manifest'),
    format: v.literal(BUNDLE_FORMAT),
    site: v.pipe(v.string(), v.regex(/^[a-z0-9][a-z0-9-]{0,62}$/)),
    from: instant,
    to: instant,
    made: v.strictObject({ name: v.literal('voip-ready'), version: short }),
    /** Origin of the log's checkpoints. */
    origin: short,
    /** Lines of raw rows in this file; left out: none, and none were asked for. */
    rows: v.optional(count),
    /** Verifier keys as the maker knows them: hints, trusted by nobody for standing here. */
    keys: v.strictObject({
      agent: v.array(short),
      reflector: v.array(short),
      log: v.array(short),
      witness: v.array(short),
    }),
  }),
  v.strictObject({ kind: v.literal('profile'), sha256: hex64, body: v.string() }),
  v.strictObject({ kind: v.literal('policy'), text: v.pipe(v.string(), v.maxLength(65_535)) }),
  /** Canonical JSON of the site's values, secrets taken out; null: judged without any. */
  v.strictObject({
    kind: v.literal('site'),
    values: v.nullable(v.string()),
    /** The plan that says so; left out: no plan, and held wherever none did. */
    plan: v.optional(
      v.strictObject({
        version: v.pipe(count, v.minValue(1)),
        /** When it came into force. */
        from: instant,
        /** The leaf of the log that says so; null: none does. */
        leaf: v.nullable(count),
      }),
    ),
  }),
  /** Hashes of the perfect parts of leaves [from, to), 32 octets each, in base64, left to right. */
  v.strictObject({ kind: v.literal('hashes'), from: count, to: count, hashes: v.string() }),
  v.strictObject({ kind: v.literal('record'), ...leaf }),
  v.strictObject({ kind: v.literal('entry'), ...leaf }),
  /** A signed checkpoint with its cosignatures; it stands after the last leaf that it covers. */
  v.strictObject({
    kind: v.literal('checkpoint'),
    size: count,
    note: v.pipe(v.string(), v.maxLength(65_535)),
  }),
  /** The verdict on an interval as the maker judged it. */
  v.strictObject({
    kind: v.literal('verdict'),
    from: instant,
    to: instant,
    overall: v.picklist(['READY', 'NOT READY', 'CANNOT SAY']),
    profileSha256: hex64,
    records: count,
    findingsSha256: hex64,
    rules: v.optional(v.pipe(count, v.minValue(1))),
  }),
  /**
   * Raw rows of one window, by their digest in a record or receipt: base64 of the octets as
   * shared/measure/raw-rows-pack.ts puts them.
   */
  v.strictObject({
    kind: v.literal('rows'),
    sha256: hex64,
    bytes: v.pipe(v.string(), v.maxLength(MOST_ROWS_TEXT)),
  }),
  v.strictObject({
    kind: v.literal('end'),
    /** Lines of each kind, in the order in which the kinds first came: it is not cut short. */
    sections: v.array(v.strictObject({ kind: short, lines: count })),
  }),
])
export type BundleLine = v.InferOutput<typeof BundleLineSchema>
export type BundleKind = BundleLine['kind']
export type LineOf<K extends BundleKind> = Extract<BundleLine, { readonly kind: K }>

/** Kinds in the order in which they may follow each other; those of the log are of one rank. */
const RANK: { readonly [K in BundleKind]: number } = {
  manifest: 0,
  profile: 1,
  policy: 2,
  site: 3,
  hashes: 4,
  record: 4,
  entry: 4,
  checkpoint: 4,
  verdict: 5,
  rows: 6,
  end: 7,
}

/** The first line of a file whose rest has this hash. */
export function bundleHead(sha256: string): string {
  return `${BUNDLE_FORMAT} sha256:${sha256}\n`
}

/** The hash that a first line states; null when it is not the first line of a bundle. */
export function parseHead(text: string): string | null {
  const found = /^(.*) sha256:([0-9a-f]{64})\n$/.exec(text)
  return found?.[1] === BUNDLE_FORMAT ? (found[2] ?? null) : null
}

/** The version that a first line states; null: it states none. */
export function versionOf(text: string): string | null {
  return VERSION.exec(text)?.[1] ?? null
}

/** Stands before a payload that is given bare. Inside a text of JSON no quote stands behind a comma. */
export const BEFORE_PAYLOAD = ',"payload":'
/** And so does the line of a leaf end whose payload is put as a text, here an empty one. */
const NO_PAYLOAD = `${BEFORE_PAYLOAD}""}`

/** One line, without its newline: the one spelling of this value. */
export function formatLine(line: BundleLine): string {
  if ((line.kind !== 'record' && line.kind !== 'entry') || !isBare(line.payload))
    return JSON.stringify(line)
  const { kind, index, frame, at, payload } = line
  const head = JSON.stringify({ kind, index, frame, at })
  return `${head.slice(0, -1)}${BEFORE_PAYLOAD}${payload}}`
}

/** True for a payload that is written as it is. */
function isBare(payload: string): boolean {
  return payload.startsWith('{') && payload.endsWith('}') && !payload.includes('\n')
}

/**
 * Reads one line. Refuses what the schema does not know, and any other spelling of what it knows: a
 * bundle has one form.
 */
export function parseLine(text: string): Result<BundleLine, string> {
  const bare = text.indexOf(`${BEFORE_PAYLOAD}{`)
  if (bare === -1) return parseWhole(text)
  const head = parseHeadOfLeaf(text.slice(0, bare))
  if (!head.ok) return head
  const payload = text.slice(bare + BEFORE_PAYLOAD.length, -1)
  const fits = text.endsWith('}') && payload.length <= MOST_PAYLOAD && isBare(payload)
  return fits ? ok({ ...head.value, payload }) : refuse('a payload that does not end as one')
}

/** Reads what of the line of a leaf stands before its bare payload. */
export function parseHeadOfLeaf(text: string): Result<LineOf<'record'> | LineOf<'entry'>, string> {
  const read = parseWhole(text + NO_PAYLOAD)
  if (!read.ok) return read
  const { value } = read
  const isLeaf = value.kind === 'record' || value.kind === 'entry'
  return isLeaf && value.payload === '' ? ok(value) : refuse('a payload where none belongs')
}

const readLine = readerOf(BundleLineSchema)

function parseWhole(text: string): Result<BundleLine, string> {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return refuse('not JSON')
  }
  const read = readLine(value)
  if (!read.ok) return read
  const spelled =
    JSON.stringify(value) === text && !('payload' in read.value && isBare(read.value.payload))
  return spelled ? read : refuse('spelled otherwise than a bundle is')
}

/** True when a line of kind `next` may stand after one of kind `before`. */
export function mayFollow(before: BundleKind | null, next: BundleKind): boolean {
  if (before === null) return next === 'manifest'
  if (before === 'end' || next === 'manifest') return false
  if (RANK[next] === RANK[before]) return next !== 'policy' && next !== 'end'
  return RANK[next] > RANK[before]
}

/** An envelope's exact text, put together again from its payload in base64 (RFC 4648 section 4). */
export function envelopeText(
  { frame, at }: Pick<LineOf<'record'>, 'frame' | 'at'>,
  payload: string,
): string {
  return frame.slice(0, at) + payload + frame.slice(at)
}

/** Stands for a payload where only the envelope around it is looked at. */
const STAND_IN = 'AAAA'

/**
 * The envelope around a payload, as JSON has it; null when it is none, or when `at` is not the place
 * of its payload. The payload itself need not be read twice.
 */
export function envelopeAround(line: Pick<LineOf<'record'>, 'frame' | 'at'>): unknown {
  try {
    const text = line.frame.slice(0, line.at) + STAND_IN + line.frame.slice(line.at)
    const value = JSON.parse(text)
    return value?.payload === STAND_IN && !repeatsMembers(text, value) ? value : null
  } catch {
    return null
  }
}
