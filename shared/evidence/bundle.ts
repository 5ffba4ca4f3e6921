import * as v from 'valibot'
import { type Result, refuse } from '../result.ts'
import { readerOf } from '../schema/reader.ts'

/**
 * A bundle is one file: a first line with the format's name and the SHA-256 of everything after it,
 * then gzip of lines, each a JSON object of a `kind` below, in this order: manifest, profiles,
 * policy, site values (those that stand for no plan first, then those of each plan that held in the
 * time, by its version); then the log from its first leaf to its last checkpoint (records, entries,
 * hashes of what is not shown, checkpoints); then verdicts, raw rows, and the end.
 */
export const BUNDLE_FORMAT = 'voip-ready/bundle/2'
/** The first one had one line of site values, without a word of when they held. It is still read. */
const FIRST_FORMAT = 'voip-ready/bundle/1'
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

/** An envelope with its payload cut out of the frame at `at`, and given as text. */
const leaf = {
  index: count,
  frame: v.pipe(v.string(), v.maxLength(4096)),
  at: count,
  payload: v.pipe(v.string(), v.maxLength(65_535)),
}

export const BundleLineSchema = v.variant('kind', [
  v.strictObject({
    kind: v.literal('manifest'),
    format: v.picklist([BUNDLE_FORMAT, FIRST_FORMAT]),
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
    /** Lines of each kind, and the SHA-256 of these lines with their newlines. */
    sections: v.array(v.strictObject({ kind: short, lines: count, sha256: hex64 })),
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
  const found = /^voip-ready\/bundle\/[12] sha256:([0-9a-f]{64})\n$/.exec(text)
  return found?.[1] ?? null
}

/** The version that a first line states which is none that is read here; null: it states none. */
export function otherVersion(text: string): string | null {
  return /^voip-ready\/bundle\/(\d{1,9}) /.exec(text)?.[1] ?? null
}

/** One line, without its newline: the one spelling of this value. */
export function formatLine(line: BundleLine): string {
  return JSON.stringify(line)
}

const readLine = readerOf(BundleLineSchema)

/**
 * Reads one line. Refuses what the schema does not know, and any other spelling of what it knows: a
 * bundle has one form.
 */
export function parseLine(text: string): Result<BundleLine, string> {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return refuse('not JSON')
  }
  const read = readLine(value)
  if (!read.ok) return read
  const spelled = isSpelledLeaf(text, read.value) || JSON.stringify(value) === text
  return spelled ? read : refuse('spelled otherwise than a bundle is')
}

/**
 * True only where this is the one spelling of a leaf, found without spelling the long payload again.
 * A text has one spelling where nothing is escaped as `\u` or `\/`: all else has one way to be
 * written, or one escape. All up to the payload is compared. Were it not the last member, a name would
 * come again after it; the value of the last of that name is the line's, and since the line ends in
 * a text it would end in that `kind`, that `frame`, or another `payload`. False says nothing yet.
 */
function isSpelledLeaf(text: string, line: BundleLine): boolean {
  if (line.kind !== 'record' && line.kind !== 'entry') return false
  const { kind, index, at } = line
  const frame = JSON.stringify(line.frame)
  const head = `{"kind":"${kind}","index":${index},"frame":${frame},"at":${at},"payload":"`
  return (
    text.startsWith(head) &&
    text.endsWith('"}') &&
    !text.endsWith(`"${kind}"}`) &&
    !text.endsWith(`${frame}}`) &&
    // Inside a text a backslash stands before the quote.
    !text.includes('payload"', head.length) &&
    !text.includes('\\u') &&
    !text.includes('\\/')
  )
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
    const value = JSON.parse(line.frame.slice(0, line.at) + STAND_IN + line.frame.slice(line.at))
    return value?.payload === STAND_IN ? value : null
  } catch {
    return null
  }
}
