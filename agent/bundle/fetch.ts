import { createHash } from 'node:crypto'
import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { trustIn } from '../../config/named-certificate.ts'
import { Fault } from '../../shared/errors.ts'
import { BUNDLE_FORMAT, HEAD_LENGTH, parseHead } from '../../shared/evidence/bundle.ts'
import { instantGiven } from '../../shared/instant.ts'
import type { Output } from '../cli/output.ts'
import { addRows } from './add-rows.ts'
import { download } from './download.ts'

export interface BundleOptions {
  readonly site: string
  readonly from: string
  readonly to: string
  readonly collector: string
  readonly tokenFile?: string
  /** Certificate of the collector (PEM); left out: the system's trust. */
  readonly tlsCert?: string
  readonly out: string
  /** Put the raw rows in that the collector keeps. */
  readonly rows?: boolean
  /** Origin of the log to cut it of; left out: the newest with records of that time. */
  readonly log?: string
  /** Files of raw rows to add. */
  readonly rowsFrom?: readonly string[]
  readonly json?: boolean
  /** Milliseconds that it may take over all; left out: {@link USUAL_WAIT_MS}. */
  readonly wait?: number
  /** Where a person watches: told how it goes. */
  readonly output?: Pick<Output, 'err' | 'live'>
}

/** How a collector lets somebody in, and who is told how it goes: for commands that fetch a bundle on their way. */
export type CollectorAccess = Pick<BundleOptions, 'tokenFile' | 'tlsCert' | 'output'>

/** That part of a command's options. */
export function accessOf({ tokenFile, tlsCert, output }: CollectorAccess): CollectorAccess {
  return {
    ...(tokenFile === undefined ? {} : { tokenFile }),
    ...(tlsCert === undefined ? {} : { tlsCert }),
    ...(output === undefined ? {} : { output }),
  }
}

/** As long as a collector lets anybody wait: four bundles before this one, and this one. */
export const USUAL_WAIT_MS = 2_700_000

/**
 * Asks a collector for a bundle and writes it, whole or not at all.
 * @throws Fault CONFIG_READ, CONFIG_VALUE, UNREACHABLE, REFUSED (with the collector's own words), STORE
 */
export async function fetchBundle(options: BundleOptions): Promise<{
  readonly sha256: string
  readonly octets: number
  readonly rows?: { readonly added: number; readonly strange: number }
  readonly elsewhere: readonly { readonly origin: string; readonly records: number }[]
}> {
  const url = urlOf(options)
  const { body, headers } = await got(url, options)
  let bytes: Uint8Array = body
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
  const elsewhere = otherLogsIn(headers['voip-ready-other-logs'])
  return { sha256, octets: bytes.length, ...rows, elsewhere }
}

/** What the collector says of records that stand in other logs. */
function otherLogsIn(header: string | string[] | undefined) {
  return String(header ?? '')
    .split(', ')
    .flatMap((one) => {
      const [, records, origin] = /^(\d{1,9}) ([!-~]{1,200})$/.exec(one) ?? []
      return origin === undefined ? [] : [{ origin, records: Number(records) }]
    })
}

/** Tells a terminal how it goes, in one line that is gone afterwards. */
async function got(
  url: URL,
  options: BundleOptions,
): Promise<Awaited<ReturnType<typeof download>>> {
  const { wait: waitMs = USUAL_WAIT_MS, output, tokenFile, tlsCert } = options
  const trust = tlsCert === undefined ? {} : { trust: trustIn(tlsCert) }
  const line = (text: string) => output?.live === true && output.err(`\r\u001b[K${text}`)
  const begunMs = performance.now()
  let told = 'waits for the collector'
  const show = () => {
    const passed = Math.round((performance.now() - begunMs) / 1000)
    line(`${passed} s of ${Math.round(waitMs / 1000)} s  ${told}`.slice(0, 99))
  }
  const tell = (text: string) => {
    told = text
    show()
  }
  const clock = setInterval(show, 1000)
  try {
    return await download(url, tokenOf(tokenFile), { waitMs, tell, ...trust })
  } finally {
    clearInterval(clock)
    line('')
  }
}

function urlOf({ collector, site, from, to, rows, log }: BundleOptions): URL {
  const [fromMs, toMs] = [instantGiven('--from', from), instantGiven('--to', to)]
  if (fromMs >= toMs) throw new Fault('USAGE', '--from', 'a time before --to', from)
  if (!URL.canParse(collector)) {
    throw new Fault('CONFIG_VALUE', '--collector', 'an address like https://host:port', collector)
  }
  const base = collector.endsWith('/') ? collector : `${collector}/`
  const url = new URL(`api/v1/sites/${encodeURIComponent(site)}/bundle`, base)
  url.searchParams.set('from', new Date(fromMs).toISOString())
  url.searchParams.set('to', new Date(toMs).toISOString())
  if (rows === true) url.searchParams.set('rows', 'true')
  if (log !== undefined) url.searchParams.set('log', log)
  return url
}

function tokenOf(file: string | undefined): string | null {
  if (file === undefined) return null
  try {
    return readFileSync(file, 'utf8').trim()
  } catch (error) {
    throw new Fault('CONFIG_READ', file, "a file that holds a viewer's token", said(error))
  }
}

function said(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown'
  return error.cause instanceof Error ? error.cause.message : error.message
}
