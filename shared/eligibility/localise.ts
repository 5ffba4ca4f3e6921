import { touching } from '../intervals.ts'
import type { FarEndName } from '../profile/site.ts'
import type { Border, PathObservation } from '../record/path.ts'
import { borderText, changeText, ownersOf } from '../verdict/path-text.ts'
import type { PlaceFound } from './around-schema.ts'
import type { Cell, Row } from './cells.ts'
import type { Evidence } from './evidence.ts'
import { circuitOwner, labelOwner } from './owner.ts'
import { phaseOf, type Scope } from './scope.ts'
import type { Survey } from './survey.ts'

/** Of each kind the places named at most: the newest of each. */
const MOST = 12

/**
 * Where what failed was found. Two reflectors at the edges of a segment measure; answers of routers
 * only point, and a way that ends earlier than it did before is told as no more than that.
 */
export function localise(
  rows: readonly Row[],
  parts: { readonly evidence: Evidence; readonly scope: Scope; readonly survey: Survey },
): PlaceFound[] {
  const { evidence, scope, survey } = parts
  const measured = rows.flatMap((row) => failedSegment(row, evidence))
  const paths = survey.paths.filter(
    (path) =>
      path.method !== 'none' && touching(path, { from: scope.reference.from, to: scope.outage.to }),
  )
  const indicated = paths.flatMap((path) => [
    ...changedMarks(path, evidence, scope),
    ...refusals(path, evidence, scope),
    ...brokenOff(path, survey.paths, evidence, scope),
  ])
  return [...measured.slice(-MOST), ...distinct(indicated).slice(-MOST)]
}

function failedSegment({ place, cells }: Row, { siteAt }: Evidence): PlaceFound[] {
  const { segment, farEnd, id, leg } = place
  if (segment === undefined || farEnd === 'none') return []
  const failed = cells.filter(
    (cell) => cell?.said.state === 'not-met' && cell.quarter.phase !== 'after',
  )
  const proven = failed.filter((cell) => cell?.said.standing === 'both-sides')
  const last = proven.at(-1) ?? failed.at(-1)
  if (last == null) return []
  if (proven.length === 0) return [notLocalised(place, last)]
  const { from, to } = last.quarter
  const site = siteAt({ from, to })
  const own = site?.segments?.find(({ name }) => name === segment)
  const owned =
    segment === `to-${farEnd}`
      ? circuitOwner(site, farEnd)
      : labelOwner(site, farEnd, own?.owner ?? null)
  const what = `${id} ${leg} failed in ${proven.length} quarter hours; the newest: ${last.said.detail}`
  return [
    {
      ...{ farEnd, phase: last.quarter.phase, where: `segment ${segment}`, what },
      ...{ ...owned, confidence: 'measured', at: { from, to } },
    },
  ]
}

/** One side's word never says where: the other end of a segment must have signed what it received. */
function notLocalised(
  { id, leg, farEnd, segment }: Row['place'],
  { said, quarter }: Cell,
): PlaceFound {
  const { from, to, phase } = quarter
  const why =
    said.standing === 'unproven'
      ? "it rests on nobody's signature, or on a description of the site without a date"
      : 'not every reflector from its near border to the far end signed for it under a key given'
  return {
    ...{ farEnd: farEnd === 'secondary' ? 'secondary' : 'primary', phase },
    where: `segment ${segment}`,
    what: `whether ${id} ${leg} failed here CANNOT BE DETERMINED: ${why}`,
    ...{ owner: null, matrix: 'nothing is located by one side alone', responsible: 'not-known' },
    ...{ confidence: 'undetermined', at: { from, to } },
  }
}

type Found = Pick<PlaceFound, 'where' | 'what'> & { readonly label: string | null }

function found(
  path: PathObservation,
  { where, what, label }: Found,
  { siteAt }: Evidence,
  { outage }: Scope,
): PlaceFound {
  const { farEnd, from, to } = path
  const owned = labelOwner(siteAt({ from, to }), farEnd, label)
  const phase = phaseOf({ from, to }, outage)
  return { farEnd, phase, where, what, ...owned, confidence: 'indicated', at: { from, to } }
}

function changedMarks(path: PathObservation, evidence: Evidence, scope: Scope): PlaceFound[] {
  return path.changes
    .filter(({ from }) => from === path.dscp)
    .map((change) => {
      const where = `between ${borderText(change.after)} and ${borderText(change.at)}`
      const what = `the mark changed: ${changeText(change)}`
      return found(path, { where, what, label: ownersOf(change) }, evidence, scope)
    })
}

function refusals(path: PathObservation, evidence: Evidence, scope: Scope): PlaceFound[] {
  return path.hops.flatMap(({ ttl, addresses, owner, refusal }) => {
    if (refusal === undefined) return []
    const border: Border = {
      ttl,
      address: addresses[0] ?? null,
      ...(owner === undefined ? {} : { owner }),
    }
    const kind = refusal.filter ? 'a filter refused' : 'it could not forward'
    const what = `${kind} the packets (ICMP unreachable, code ${refusal.code})`
    return [found(path, { where: borderText(border), what, label: owner ?? null }, evidence, scope)]
  })
}

/** A way that reached the far end before, and now ends at a router. */
function brokenOff(
  path: PathObservation,
  all: readonly PathObservation[],
  evidence: Evidence,
  scope: Scope,
): PlaceFound[] {
  if (path.reached) return []
  const last = path.hops.findLast(({ answered }) => answered > 0)
  const before = lastWhole(all, path.farEnd, path.from)
  if (last === undefined || before === undefined) return []
  const { ttl, addresses, owner } = last
  const border: Border = {
    ttl,
    address: addresses[0] ?? null,
    ...(owner === undefined ? {} : { owner }),
  }
  const next = before.hops.find((hop) => hop.ttl === ttl + 1)
  const beyond =
    next === undefined ? 'the far end' : `hop ${next.ttl} ${next.addresses[0] ?? ''}`.trim()
  const what = `the last that answered; ${beyond} answered before and no longer does`
  const label = next?.owner ?? owner ?? null
  return [found(path, { where: `beyond ${borderText(border)}`, what, label }, evidence, scope)]
}

function lastWhole(all: readonly PathObservation[], farEnd: FarEndName, before: number) {
  return all.findLast((path) => path.farEnd === farEnd && path.reached && path.to <= before)
}

/** The newest of those that say the same. */
function distinct(all: readonly PlaceFound[]): PlaceFound[] {
  const newest = new Map<string, PlaceFound>()
  for (const one of all) newest.set(`${one.farEnd} ${one.phase} ${one.where} ${one.what}`, one)
  return [...newest.values()]
}
