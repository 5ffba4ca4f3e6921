import { LATER, mayExclude } from '../evidence/unread.ts'
import type { SeenRecord } from '../evidence/verify-items.ts'
import type { Requirement, RequirementKind } from '../profile/schema.ts'
import type { Finding } from '../verdict/finding.ts'
import { joinDetail } from '../verdict/ruling.ts'
import { RUN_OF } from '../verdict/runs.ts'
import type { Exclusion } from './around-schema.ts'
import { areBacked, minutesOf, signForBoth } from './backing.ts'
import type { Determination } from './clause-schema.ts'
import type { DamageBook, Denial } from './damage.ts'
import { type Evidence, placeKey, undatedIn } from './evidence.ts'
import { excludedBy } from './exclusions.ts'
import type { Quarter, Scope } from './scope.ts'
import type { Place, Standing, State } from './terms.ts'

/** Lines that say how the network itself must be: what an outage credit depends on. */
const STANDARDS: readonly RequirementKind[] = [
  'one-way-delay',
  'jitter',
  'segment-loss',
  'marking',
  'bandwidth',
  'qos',
  'duplex',
  'vlan',
]

export interface Cell {
  readonly quarter: Quarter
  readonly said: Determination
  /** Records whose windows touch the quarter hour. */
  readonly records: number
  /** It comes out so only by what is said of the site, and the log does not date that. */
  readonly restsOnSite: boolean
}

/** One line at one place, quarter hour by quarter hour; null: this line was not judged then. */
export interface Row {
  readonly place: Place
  readonly cells: readonly (Cell | null)[]
}

export interface CellParts {
  readonly evidence: Evidence
  readonly scope: Scope
  readonly damage: DamageBook
  readonly exclusions: readonly Exclusion[]
}

/** Judges every quarter hour of the scope anew, and says of each line what may be held of it. */
export function rowsOf(parts: CellParts): Row[] {
  const { evidence, scope } = parts
  const rows = new Map<string, { place: Place; cells: (Cell | null)[] }>()
  const trustedTo = Math.max(
    0,
    ...evidence.checkpoints.filter(({ trusted }) => trusted).map(({ size }) => size),
  )
  const inForce = profileAtOnset(parts)
  const standards = standardIds(evidence)
  scope.quarters.forEach((quarter, at) => {
    const judged = evidence.judged(quarter)
    const records = evidence.touching(quarter)
    const forBoth = signForBoth(minutesOf(records))
    const basis = { ...parts, quarter, records, trustedTo, forBoth }
    const other = judged?.profileSha256 === inForce ? unreadAt(evidence, quarter) : OTHER_PROFILE
    const undated = undatedIn(evidence, quarter)
    for (const finding of judged?.judgement.findings ?? []) {
      const line = standards.get(finding.id)
      if (line === undefined) continue
      const key = placeKey(finding)
      const restsOnSite = undated(finding)
      const row = rows.get(key) ?? {
        ...{ place: placeOf(finding, line, restsOnSite), cells: scope.quarters.map(() => null) },
      }
      rows.set(key, row)
      const run = RUN_OF[line.kind] ?? null
      row.cells[at] = cellOf({ ...basis, run, restsOnSite }, finding, other)
    }
  })
  return [...rows.values()]
}

const OTHER_PROFILE: Denial = {
  reason: 'other-profile',
  detail: 'judged by another profile than the one in force at onset',
  passOnly: false,
}

/** The profile by which the newest quarter hour of the reference is judged. */
function profileAtOnset({ evidence, scope }: CellParts): string | null {
  const last = scope.quarters.filter(({ reference }) => reference).at(-1)
  return last === undefined ? null : evidence.profileAt(last)
}

/** What may have been agreed of a time, and cannot be read here, decides as little as what was not seen. */
function unreadAt({ unread, manifest }: Evidence, quarter: Quarter): Denial | null {
  const found = unread.find((one) => mayExclude(one.unread, manifest.site, quarter))
  if (found === undefined) return null
  const detail = `leaf ${found.index} (${found.unread.kind}) ${LATER}`
  return { reason: 'entry-unread', detail, passOnly: false }
}

function standardIds({ profiles }: Evidence): ReadonlyMap<string, Requirement> {
  return new Map(
    [...profiles.values()]
      .flatMap(({ requirements }) => requirements)
      .filter(({ kind }) => STANDARDS.includes(kind))
      .map((line) => [line.id, line]),
  )
}

function placeOf(
  { id, title, leg, farEnd, segment, required, reason }: Finding,
  line: Requirement,
  restsOnSite: boolean,
): Place {
  return {
    ...{ id, title, leg, farEnd },
    ...(segment === undefined ? {} : { segment }),
    // Nobody signed that a line was waived, nor what is said of the site without a date: it does not
    // become less than required by that.
    required: required || reason === 'waived' || (restsOnSite && line.required),
  }
}

interface Basis extends CellParts {
  readonly quarter: Quarter
  readonly records: readonly SeenRecord[]
  readonly trustedTo: number
  /** Keys of reflectors that signed for both far ends: they do not tell which. */
  readonly forBoth: ReadonlyMap<string, string>
  /** The kind of run that decides the line where one held; null: none ever does. */
  readonly run: 'capacity' | 'qos' | null
  readonly restsOnSite: boolean
}

function cellOf(basis: Basis, finding: Finding, other: Denial | null): Cell {
  const { quarter, records, damage, exclusions, run, restsOnSite } = basis
  const { from, to, phase } = quarter
  const excluded = excludedBy(exclusions, quarter)
  const denial = other ?? damage.at(quarter, finding, run)
  const { verdict, value, unit, limit, op, statistic, n, interval } = finding
  const said: Determination = {
    ...{ from, to, phase, verdict, value, unit, limit, op, statistic, n },
    error: interval === null ? null : [...interval],
    ...stateOf(restsOnSite ? withDoubt(finding) : finding, denial, excluded),
    standing: standingOf(basis, finding),
  }
  return { quarter, said, records: records.length, restsOnSite }
}

function withDoubt(finding: Finding): Finding {
  return { ...finding, detail: joinDetail(finding.detail, 'by a description without a date') }
}

function stateOf(
  { verdict, reason, detail }: Finding,
  denial: Denial | null,
  excluded: Exclusion | null,
): Pick<Determination, 'state' | 'reason' | 'detail'> {
  if (excluded !== null) {
    const { id, why, by } = excluded
    return { state: 'excluded', reason: excluded.cause, detail: `${id} by ${by}: ${why}` }
  }
  const decided = STATES[verdict]
  if (denial !== null && decided !== 'undetermined' && (decided === 'met' || !denial.passOnly)) {
    return { state: 'undetermined', reason: denial.reason, detail: denial.detail }
  }
  return { state: decided, reason, detail }
}

const STATES: { readonly [V in Finding['verdict']]: State } = {
  pass: 'met',
  fail: 'not-met',
  inconclusive: 'undetermined',
  'not-tested': 'undetermined',
}

/** On whose word a finding rests: only what streams give, steps of load among them, has two sides. */
function standingOf(basis: Basis, { farEnd, segment }: Finding): Standing {
  const { records, trustedTo, damage, quarter, run, restsOnSite } = basis
  const runs = run === null ? [] : damage.runsAt(quarter.to, run)
  const minutes = minutesOf(records)
  const sure = [...minutes, ...runs].every(({ proven, index }) => proven && index < trustedTo)
  if (minutes.length === 0 || !sure || restsOnSite) return 'unproven'
  const signedFor = ({ receipts: { proven, claimed, none } }: SeenRecord) =>
    proven > 0 && claimed === 0 && none === 0
  // What a run showed holds for days: a reflector that signed in it for the other far end is no other one.
  const forBoth = runs.length === 0 ? basis.forBoth : signForBoth([...minutes, ...runs])
  const told = ({ receipts: { marks } }: SeenRecord) =>
    marks.every((mark) => mark.farEnd !== farEnd || !forBoth.has(mark.keyid))
  if (farEnd === 'none' || !runs.every((one) => signedFor(one) && told(one))) return 'one-side'
  const borders = segment === undefined ? [] : bordersFrom(basis, farEnd, segment)
  return areBacked(minutes, farEnd, forBoth, borders) ? 'both-sides' : 'one-side'
}

/** What a segment is found from, besides the far end: the border where it begins, and all beyond that. */
function bordersFrom(
  { evidence, quarter }: Basis,
  farEnd: 'primary' | 'secondary',
  segment: string,
): readonly string[] {
  const names = (evidence.siteAt(quarter)?.segments ?? [])
    .filter((one) => (one.farEnd ?? farEnd) === farEnd)
    .map(({ name }) => name)
  const at = names.indexOf(segment)
  // The last segment ends at the far end itself and has no border of its own.
  return at === -1 ? names.slice(-1) : names.slice(Math.max(0, at - 1))
}
