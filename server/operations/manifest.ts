import { createHash } from 'node:crypto'
import { closeSync, createReadStream, fsyncSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import * as v from 'valibot'
import { writeDurably } from '../../shared/disk/durable.ts'
import { Fault } from '../../shared/errors.ts'

/** Written last: what has none is no backup. */
export const MANIFEST = 'manifest.json'
/** No file of a backup may name a place outside of it. */
const PLACE = /^(collector\.sqlite|tokens\.json|(keys|tls)\/[A-Za-z0-9_-][A-Za-z0-9._-]{0,199})$/

const FileSchema = v.strictObject({
  path: v.pipe(v.string(), v.regex(PLACE, 'a place that a backup may hold')),
  bytes: v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
  sha256: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/)),
})
const ManifestSchema = v.strictObject({
  format: v.literal('voip-ready/backup/1'),
  version: v.string(),
  /** UTC, when the copy of the database began: what was acknowledged before is in it. */
  at: v.pipe(v.string(), v.isoTimestamp()),
  schemaVersion: v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
  files: v.array(FileSchema),
})
export type Manifest = v.InferOutput<typeof ManifestSchema>
export type BackedUpFile = v.InferOutput<typeof FileSchema>

/** True when a file of this name would be taken into a backup. */
export function mayHold(path: string): boolean {
  return PLACE.test(path)
}

/** Size and SHA-256 of a file of the backup, read back from the disk. */
export async function describeFile(directory: string, path: string): Promise<BackedUpFile> {
  const hash = createHash('sha256')
  let bytes = 0
  await pipeline(createReadStream(join(directory, path)), async (parts: AsyncIterable<Buffer>) => {
    for await (const part of parts) {
      hash.update(part)
      bytes += part.length
    }
  })
  return { path, bytes, sha256: hash.digest('hex') }
}

/** Written last: a directory without it is no backup. */
export function writeManifest(directory: string, manifest: Manifest): void {
  writeDurably(directory, MANIFEST, `${JSON.stringify(manifest, null, 2)}\n`)
}

/** @throws Fault CONFIG_READ when it is not there, CONFIG_VALUE when it is not a manifest of ours */
export function readManifest(directory: string): Manifest {
  const file = join(directory, MANIFEST)
  const found = v.safeParse(ManifestSchema, parse(file))
  if (found.success) return found.output
  const [issue] = found.issues
  const where = `${file}: ${v.getDotPath(issue) ?? 'top level'}`
  throw new Fault('CONFIG_VALUE', where, issue.message, issue.received, 'use another backup')
}

/** Holds every file against the manifest. @throws Fault STORE, naming all that differ */
export async function verifyFiles(directory: string, manifest: Manifest): Promise<void> {
  const wrong: string[] = []
  for (const wanted of manifest.files) {
    const found = await describeFile(directory, wanted.path).catch(() => null)
    if (found === null) wrong.push(`${wanted.path} cannot be read`)
    else if (found.sha256 !== wanted.sha256) wrong.push(`${wanted.path} has other bytes`)
  }
  if (!manifest.files.some(({ path }) => path === 'collector.sqlite')) wrong.push('no database')
  if (wrong.length === 0) return
  const wanted = 'every file as the manifest has it'
  throw new Fault('STORE', directory, wanted, wrong.join('; '), 'use another backup')
}

/** What a copy wrote is on disk, and so is its name. */
export function syncToDisk(path: string): void {
  const handle = openSync(path, 'r')
  try {
    fsyncSync(handle)
  } finally {
    closeSync(handle)
  }
}

/** No file is there, nor could be: what should be its folder may be a file. */
export function isMissing(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : ''
  return code === 'ENOENT' || code === 'ENOTDIR'
}

function parse(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch (error) {
    const repair = 'name a directory that collector backup finished'
    const found = isMissing(error) ? 'none' : (error as Error).message
    throw new Fault('CONFIG_READ', file, 'the manifest of a backup', found, repair)
  }
}
