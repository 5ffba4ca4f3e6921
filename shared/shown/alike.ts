import { grouped } from '../grouped.ts'
import type { RequirementKind } from '../profile/schema.ts'
import type { Finding } from '../verdict/finding.ts'
import type { ReasonCode } from '../verdict/reasons.ts'

/** What of a finding decides whether it says the same as another. */
type Said = Pick<Finding, 'id' | 'verdict' | 'farEnd' | 'leg' | 'detail'> & {
  /** A collector may be asked about one that this build does not know. */
  readonly reason: string
}

/** Findings of one line at one place, or of several lines of a table that say the same. */
export interface Alike<F> {
  /** Its own among all groups. */
  readonly key: string
  readonly findings: readonly [F, ...F[]]
  /** Null: of one line. */
  readonly table: {
    /** `RCM-*` */
    readonly id: string
    /** `4 of 7 port rows` */
    readonly name: string
    readonly ids: readonly string[]
  } | null
}

/** What stands beside a finding, in words. */
export interface Told {
  readonly id: string
  readonly verdict: Finding['verdict']
  readonly cause: string
  /** Empty: nothing is to be done. */
  readonly todo: string
}

/** What two of one line that came out alike need not both say: why, and what both are to do. */
export function repeated(one: Told, beside: Told | undefined): 'all' | 'todo' | 'nothing' {
  const isAlike = beside?.id === one.id && beside.verdict === one.verdict
  if (!isAlike || beside.todo !== one.todo) return 'nothing'
  return beside.cause === one.cause ? 'all' : 'todo'
}

/** Tables of many lines alike; the general clauses always stand by themselves. */
const TABLES: ReadonlyMap<string, string> = new Map<RequirementKind, string>([
  ['ports', 'port rows'],
  ['dns-a', 'A records'],
  ['dns-srv', 'SRV records'],
  ['dhcp-option', 'DHCP options'],
])
/** From so many lines on, those that share a reason for not being decided are told as one. */
const MANY = 3

/** Reasons for which a far end has no finding of a line that passes wherever it is asked for. */
const NOT_ASKED: ReadonlySet<string> = new Set<ReasonCode>([
  'far-end-not-configured',
  'no-voice-leg',
  'waived',
])

/** Reasons of passes that are of what was seen alone, or within the contract by a hair: told where they stand. */
const TOLD: ReadonlySet<string> = new Set<ReasonCode>([
  'accepted-with-warning',
  'handshake-only',
  'full-duplex',
  'priority-kept',
  'vlan-agrees',
])

/** Whether a pass says with what reservation it is one. */
export function isReserved({ verdict, reason, detail }: Omit<Said, 'id' | 'farEnd' | 'leg'>) {
  if (verdict !== 'pass') return false
  // Which ports were a sample, and over which other circuit they were tried.
  return TOLD.has(reason) || (reason === 'ports-open' && detail !== '')
}

/**
 * Findings in groups, what fails first. Lines of a table that pass, or that many of them could not be
 * decided for one reason, become one group; what fails never does, and what passes in one place alone
 * is not told as a line that passes.
 * @param judged all that was judged, shown or not: lines are counted among them
 * @param kinds of lines, by their ids
 */
export function alike<F extends Said>(
  findings: readonly F[],
  judged: readonly Said[],
  kinds: ReadonlyMap<string, RequirementKind>,
): readonly Alike<F>[] {
  const open = new Set(judged.filter(isOpen).map(({ id }) => id))
  const keyOf = (found: F) =>
    (found.verdict === 'pass' && open.has(found.id) ? null : tableKey(found, kinds)) ??
    placeKey(found)
  const sorted = [...findings].sort((a, b) => RANK[a.verdict] - RANK[b.verdict])
  return [...grouped(sorted, keyOf)].flatMap(([key, group]): Alike<F>[] => {
    const [first, ...rest] = group
    if (first === undefined) return []
    const ids = [...new Set(group.map(({ id }) => id))]
    if (ids.length < (first.verdict === 'pass' ? 2 : MANY))
      return group.map((one, at) => ({ key: `${key} ${at}`, findings: [one], table: null }))
    const table = tableOf(first, ids, judged, kinds)
    return [{ key, findings: [first, ...rest], table }]
  })
}

/** Whether a line does not pass here, although it is asked for. */
function isOpen({ verdict, reason }: Said): boolean {
  return verdict !== 'pass' && !NOT_ASKED.has(reason)
}

const RANK: { readonly [V in Finding['verdict']]: number } = {
  fail: 0,
  inconclusive: 1,
  pass: 2,
  'not-tested': 3,
}

function placeKey({ id, farEnd, leg, verdict }: Said): string {
  return `${verdict}/${id}/${farEnd}/${leg}`
}

/** Null: it stands by itself. */
function tableKey(found: Said, kinds: ReadonlyMap<string, RequirementKind>): string | null {
  const { id, verdict, reason, detail } = found
  const kind = kinds.get(id)
  if (kind === undefined || !TABLES.has(kind)) return null
  const told = isReserved(found) ? `${reason} ${detail}` : ''
  if (verdict === 'pass') return `pass ${tablePart(id)} ${kind} ${told}`
  return verdict === 'inconclusive' ? `${verdict} ${tablePart(id)} ${kind} ${reason}` : null
}

/** An id without its number: lines of one table are told together. */
function tablePart(id: string): string {
  return id.slice(0, id.lastIndexOf('-'))
}

function tableOf(
  { id }: Said,
  ids: readonly string[],
  judged: readonly Said[],
  kinds: ReadonlyMap<string, RequirementKind>,
) {
  const kind = kinds.get(id)
  const all = judged.filter(
    (one) => tablePart(one.id) === tablePart(id) && kinds.get(one.id) === kind,
  )
  const of = new Set(all.map((one) => one.id)).size
  const name = `${ids.length} of ${of} ${TABLES.get(kind ?? '') ?? 'lines'}`
  return { id: `${tablePart(id)}-*`, name, ids }
}
