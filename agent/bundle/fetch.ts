import { createHash } from 'node:crypto'
import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { Fault } from '../../shared/errors.ts'
import { BUNDLE_FORMAT, HEAD_LENGTH, parseHead } from '../../shared/evidence/bundle.ts'
import { addRows } from './add-rows.ts'

export interface BundleOptions {
  readonly site: string
  readonly from: string
  readonly to: string
  readonly collector: string
  readonly tokenFile?: string
  readonly out: string
  /** Put the raw rows in that the collector keeps. */
  readonly rows?: boolean
  /** Files of raw rows to add. */
  readonly rowsFrom?: readonly string[]
  readonly json?: boolean
}

const PATIENCE_MS = 300_000
const LONGEST_ANSWER = 300

/**
 * Asks a collector for a bundle and writes it, whole or not at all.
 * @throws Fault CONFIG_READ, CONFIG_VALUE, UNREACHABLE, REFUSED (with the collector's own words), STORE
 */
export async function fetchBundle(options: BundleOptions): Promise<{
  readonly sha256: string
  readonly octets: number
  readonly rows?: { readonly added: number; readonly strange: number }
}> {
  const url = urlOf(options)
  let bytes: Uint8Array = await ask(url, tokenOf(options.tokenFile))
  if (parseHead(Buffer.from(bytes).toString('latin1', 0, HEAD_LENGTH)) === null) {
    throw new Fault('REFUSED', url.href, `a file of ${BUNDLE_FORMAT}`, 'something else')
  }
  const { rowsFrom = [] } = options
  const more = rowsFrom.length === 0 ? null : await addRows(bytes, rowsFrom)
  bytes = more?.file ?? bytes
  try {
    // Beside its place first: what stands under the name is never half a bundle.
    writeFileSync(`${options.out}.part`, bytes)
    renameSync(`${options.out}.part`, options.out)
  } catch (error) {
    throw new Fault('STORE', options.out, 'a file that can be written', said(error))
  }
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  const rows = more === null ? {} : { rows: { added: more.added, strange: more.strange } }
  return { sha256, octets: bytes.length, ...rows }
}

function urlOf({ collector, site, from, to, rows }: BundleOptions): URL {
  const [fromMs, toMs] = [time('--from', from), time('--to', to)]
  if (fromMs >= toMs) throw new Fault('USAGE', '--from', 'a time before --to', from)
  if (!URL.canParse(collector)) {
    throw new Fault('CONFIG_VALUE', '--collector', 'an address like https://host:port', collector)
  }
  const base = collector.endsWith('/') ? collector : `${collector}/`
  const url = new URL(`api/v1/sites/${encodeURIComponent(site)}/bundle`, base)
  url.searchParams.set('from', new Date(fromMs).toISOString())
  url.searchParams.set('to', new Date(toMs).toISOString())
  if (rows === true) url.searchParams.set('rows', 'true')
  return url
}

/** A time with its zone, in milliseconds since 1970. @throws Fault USAGE */
export function time(option: string, text: string): number {
  const zoned = /(Z|[+-]\d\d:\d\d)$/.test(text)
  const ms = Date.parse(zoned ? text : '')
  if (Number.isFinite(ms)) return ms
  throw new Fault('USAGE', option, 'a time with its zone, like 2026-11-23T08:00Z', text)
}

function tokenOf(file: string | undefined): string | null {
  if (file === undefined) return null
  try {
    return readFileSync(file, 'utf8').trim()
  } catch (error) {
    throw new Fault('CONFIG_READ', file, "a file that holds a viewer's token", said(error))
  }
}

async function ask(url: URL, token: string | null): Promise<Buffer> {
  const headers = token === null ? {} : { authorization: `Bearer ${token}` }
  let answer: Response
  try {
    answer = await fetch(url, { headers, signal: AbortSignal.timeout(PATIENCE_MS) })
    const body = Buffer.from(await answer.arrayBuffer())
    if (answer.ok) return body
    throw new Fault('REFUSED', url.href, 'a bundle', refusal(answer.status, body.toString()))
  } catch (error) {
    if (error instanceof Fault) throw error
    throw new Fault('UNREACHABLE', url.href, 'an answer', said(error))
  }
}

/** The collector's own words where it has any (RFC 9457). */
function refusal(status: number, body: string): string {
  try {
    const { title, detail, repair } = JSON.parse(body)
    return `${status}: ${title} (${detail}); ${repair}`.slice(0, LONGEST_ANSWER)
  } catch {
    return `status ${status}`
  }
}

function said(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown'
  return error.cause instanceof Error ? error.cause.message : error.message
}
