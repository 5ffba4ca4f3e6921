import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { gunzipSync, gzipSync } from 'node:zlib'
import { Fault } from '../../shared/errors.ts'
import {
  BUNDLE_GZIP,
  type BundleLine,
  bundleHead,
  type LineOf,
  parseLine,
} from '../../shared/evidence/bundle.ts'
import { bundleText } from '../../shared/evidence/bundle-write.ts'
import { isNeighbour } from '../../shared/evidence/neighbours.ts'
import { digestsOf } from '../../shared/evidence/rows-digests.ts'
import { parseRowsFile } from '../../shared/evidence/rows-file.ts'
import type { Time } from '../../shared/intervals.ts'
import { openBundleFile } from '../../shared/opening/file.ts'
import { nodeTools } from '../../shared/opening/tools.ts'
import type { AgentRecord } from '../../shared/record/record.ts'

/** Octets that a file of rows unpacks to at most: a decompression bomb ends here. */
const MOST_UNPACKED = 1_600_000_000
/** Octet of a gzip header that names the system it was made on (RFC 1952 section 2.3.1): unknown. */
const SYSTEM_AT = 9

export interface AddedRows {
  readonly file: Uint8Array
  readonly added: number
  /** Windows of the files that no record or receipt of the bundle names. */
  readonly strange: number
}

/**
 * The same bundle with the raw rows of these files in it (what `rows export` wrote), each window once
 * and in the order of the records that sign for it. The same parts give the same octets.
 * @throws Fault CONFIG_READ, CONFIG_VALUE naming the file that is none; REFUSED for the bundle itself
 */
export async function addRows(bundle: Uint8Array, files: readonly string[]): Promise<AddedRows> {
  const opened = openBundleFile(bundle)
  if (!opened.ok) throw new Fault('REFUSED', 'the bundle', 'a whole one', opened.error)
  const lines: BundleLine[] = []
  const wanted: string[] = []
  let span: Time = { from: 0, to: 0 }
  for await (const some of opened.value.lines()) {
    for (const octets of some) {
      const line = parseLine(nodeTools.text(octets))
      if (!line.ok) throw new Fault('REFUSED', 'the bundle', 'lines of its format', line.error)
      lines.push(line.value)
      if (line.value.kind === 'manifest') span = line.value
      if (line.value.kind === 'record') wanted.push(...digestsIn(line.value.payload, span))
    }
  }
  const own = lines.filter((line): line is LineOf<'rows'> => line.kind === 'rows')
  const rows = new Map(own.map((line) => [line.sha256, line]))
  const before = rows.size
  const known = new Set(wanted)
  let strange = 0
  for (const line of files.flatMap(readRowsFile)) {
    if (known.has(line.sha256)) rows.set(line.sha256, line)
    else strange += 1
  }
  const ordered = [...known].flatMap((sha256) => rows.get(sha256) ?? [])
  const file = packed(withRows(lines, ordered))
  return { file, added: rows.size - before, strange }
}

function withRows(lines: readonly BundleLine[], rows: readonly LineOf<'rows'>[]): BundleLine[] {
  const others = lines.flatMap((line): BundleLine[] => {
    if (line.kind === 'rows' || line.kind === 'end') return []
    return [line.kind === 'manifest' ? manifestWith(line, rows.length) : line]
  })
  return [...others, ...rows]
}

/** Spelled in the order in which the collector spells it. */
function manifestWith(
  { keys, rows: _, ...rest }: LineOf<'manifest'>,
  rows: number,
): LineOf<'manifest'> {
  return { ...rest, rows, keys }
}

function readRowsFile(path: string): readonly LineOf<'rows'>[] {
  let octets: Buffer
  try {
    octets = readFileSync(path)
  } catch (error) {
    throw new Fault('CONFIG_READ', path, 'a file of raw rows', (error as Error).message)
  }
  const wanted = 'a file that voip-ready reflector rows export (or agent rows export) wrote'
  try {
    const text = gunzipSync(octets, { maxOutputLength: MOST_UNPACKED }).toString('utf8')
    const read = parseRowsFile(text.split('\n').filter((line) => line !== ''))
    if (read.ok) return read.value.rows
    throw new Fault('CONFIG_VALUE', path, wanted, read.error)
  } catch (error) {
    if (error instanceof Fault) throw error
    throw new Fault('CONFIG_VALUE', path, wanted, (error as Error).message)
  }
}

/** Of a record that stands there for the chain alone nothing is recomputed. */
function digestsIn(payload: string, span: Time): string[] {
  const record = JSON.parse(payload) as AgentRecord
  if (isNeighbour({ record, unread: null }, span)) return []
  return (record.evidence ?? []).flatMap(digestsOf).map(({ sha256 }) => sha256)
}

function packed(lines: Iterable<BundleLine>): Uint8Array {
  const text = [...bundleText(lines)].map((line) => Buffer.from(line))
  const body = gzipSync(Buffer.concat(text), BUNDLE_GZIP)
  body[SYSTEM_AT] = 255
  const sha256 = createHash('sha256').update(body).digest('hex')
  return Buffer.concat([Buffer.from(bundleHead(sha256)), body])
}
