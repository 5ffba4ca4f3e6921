import { grouped } from '../../shared/grouped.ts'
import type { Finding } from '../../shared/verdict/finding.ts'
import { REASONS, type ReasonCode } from '../../shared/verdict/reasons.ts'
import { indent, indentUnbroken } from '../cli/table.ts'
import { type TableView, WIDTH } from './findings-table.ts'

/** More details of one reason than these are a matter of --all. */
const MOST_DETAILS = 6
const MISSING = 'missing: '

/**
 * The lines that nobody looked at, by reason: which they are, what was found or agreed of them, and
 * what would have them looked at.
 */
export function notTestedLines(hidden: readonly Finding[], view: TableView): string[] {
  if (hidden.length === 0) return []
  const ids = new Set(hidden.map((finding) => finding.id)).size
  const groups = grouped(hidden, ({ reason }) => reason)
  return [
    `not tested: ${ids} ${ids === 1 ? 'line' : 'lines'} (--all lists them)`,
    ...[...groups.values()].flatMap((found) => reasonLines(found, view)),
    '',
  ]
}

function reasonLines(found: readonly Finding[], view: TableView): string[] {
  const reason: ReasonCode = found[0]?.reason ?? 'no-data'
  const head = `${reason}: ${tablesOf(found)} (${REASONS[reason].means})`
  const below =
    reason === 'needs-site-value'
      ? [`do: ${placeOf(view)}: ${keysOf(found)}`]
      : detailsOf(reason, found)
  return [...indent(head, WIDTH, 2), ...below.flatMap((text) => indentUnbroken(text, WIDTH, 4))]
}

/** Where a value that is missing is to be written. */
function placeOf({ called, asked }: TableView): string {
  if (asked !== undefined) return "add to the site's plan"
  return called?.named.includes('--site') === false
    ? 'write a site file (config/examples/site.yaml shows one) with'
    : 'add to the site file'
}

/** Keys of the site file, each once: `primaryServer, rtpPorts`. */
function keysOf(found: readonly Finding[]): string {
  const keys = found.map(({ detail }) => detail.replace(MISSING, ''))
  const long = keys.some((key) => key.includes(', '))
  return [...new Set(keys)].join(long ? '; ' : ', ')
}

/** What was found of which lines, and what to do about all of them; of a time left out, that it was. */
function detailsOf(reason: ReasonCode, found: readonly Finding[]): string[] {
  if (reason === 'no-data') return []
  const groups = [...grouped(found, ({ detail }) => detail)].filter(([detail]) => detail !== '')
  const shown = groups.slice(0, MOST_DETAILS).map(([detail, those]) => {
    return groups.length === 1 && those.length === found.length
      ? detail
      : `${tablesOf(those)}: ${detail}`
  })
  const more = groups.length - shown.length
  const todo = [...new Set(found.map(({ advice }) => advice.split('; then: ')[0] ?? ''))]
  return [
    ...shown,
    ...(more > 0 ? [`and ${more} more (--all)`] : []),
    ...todo.filter((text) => text !== '').map((text) => `do: ${text}`),
  ]
}

/** Lines by their table: `LCM 15, DNS 8`; few of them by their ids. */
function tablesOf(findings: readonly Finding[]): string {
  const ids = [...new Set(findings.map((finding) => finding.id))]
  if (ids.length <= 4) return ids.join(', ')
  const tables = grouped(ids, (id) => id.slice(0, id.lastIndexOf('-')))
  return [...tables].map(([table, those]) => `${table} ${those.length}`).join(', ')
}
