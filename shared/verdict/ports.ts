import { expandPorts, type PortPair, samplePorts } from '../profile/ports.ts'
import type { RequirementOf } from '../profile/schema.ts'
import type { FarEndName, FarEndSite } from '../profile/site.ts'
import { portsOf } from '../record/kinds.ts'
import {
  asRanges,
  fateOf,
  type PortFate,
  type PortState,
  type PortsObservation,
} from '../record/ports.ts'
import type { Finding, Verdict } from './finding.ts'
import type { JudgedLine } from './judged-line.ts'
import { portAdvice } from './port-advice.ts'
import type { ReasonCode } from './reasons.ts'
import { findingOf, joinDetail, type LegName, NO_SCALE, type Ruling } from './ruling.ts'
import { farEndsOf, type Scene } from './scene.ts'
import { judgeUntested } from './untested.ts'

type PortRow = RequirementOf<'ports'>

/**
 * A row of the port table: every pair (or, with `match: any`, one) must be open on each leg that its
 * initiator opens, at each far end. The newest look at a pair counts. Rows whose hosts the site names
 * are judged by those hosts.
 */
export function judgePorts(row: PortRow, scene: Scene, line: JudgedLine): readonly Finding[] {
  if (line.missing !== null) return judgeUntested(line, scene)
  const looks = portsOf(scene.observations)
  const hosts = scene.site?.ports?.[row.id]?.hosts
  if (hosts !== undefined) {
    return legsOf(row).map((leg) => finding(row, leg, 'none', atHosts(row, leg, hosts, looks)))
  }
  const never = new Map(judgeUntested(line, scene).map((found) => [found.farEnd, found]))
  return farEndsOf(row).flatMap((farEnd) => {
    if (!holdsTable(scene.site?.farEnds[farEnd])) {
      return [findingOf(row, { leg: 'none', farEnd }, NO_SCALE, atSitePoint(farEnd))]
    }
    const here = looks.filter((look) => look.farEnd === farEnd)
    const untested = never.get(farEnd)
    if (here.length === 0 && untested !== undefined) return [untested]
    const [look] = here
    if (look !== undefined && here.every((one) => isElsewhere(row, one))) {
      return [findingOf(row, { leg: 'none', farEnd }, NO_SCALE, elsewhere(look))]
    }
    const circuit = otherCircuit(row, look, scene)
    return legsOf(row).map((leg) => {
      const ruling = atFarEnd(row, leg, here)
      return finding(row, leg, farEnd, { ...ruling, detail: joinDetail(ruling.detail, circuit) })
    })
  })
}

/**
 * Whether the port table can be tried at a far end: it is of the data centres, and a site point stands for
 * none of them unless the site file names the data centre's own reflector beside it (`responder`).
 */
export function holdsTable(farEnd: FarEndSite | undefined): boolean {
  return farEnd?.at !== 'site' || farEnd.responder !== undefined
}

function atSitePoint(farEnd: FarEndName): Ruling {
  const detail = `missing: farEnds.${farEnd}.responder, the data centre's reflector: this far end is a site point`
  const advice = `add farEnds.${farEnd}.responder to the site file`
  return { verdict: 'not-tested', reason: 'needs-site-value', detail, advice }
}

/** Directions in which a row is opened: by the site, by the data centre, or by both. */
export function legsOf(row: Pick<PortRow, 'initiator'>): readonly LegName[] {
  if (row.initiator === 'both') return ['out', 'back']
  return row.initiator === 'site' ? ['out'] : ['back']
}

/** The pairs of a row that are tried: all of them, and of a dynamic row's range a sample. */
export function triedPairs(row: Pick<PortRow, 'tcp' | 'udp' | 'dynamic'>): PortPair[] {
  if (!row.dynamic) return expandPorts(row)
  return row.udp.flatMap((range) =>
    samplePorts(typeof range === 'number' ? [range, range] : [range[0], range[1]]).map(
      (port): PortPair => ({ proto: 'udp', port }),
    ),
  )
}

function finding(row: PortRow, leg: LegName, farEnd: FarEndName | 'none', ruling: Ruling): Finding {
  return findingOf(row, { leg, farEnd }, NO_SCALE, ruling)
}

interface Tried extends PortPair {
  readonly verdict: Verdict
  readonly reason: ReasonCode
  readonly word: string
}

function atFarEnd(row: PortRow, leg: LegName, looks: readonly PortsObservation[]): Ruling {
  const tried = triedPairs(row).map((pair) => {
    const look = looks.find((one) => fateOf(one.legs[leg], pair.proto, pair.port) !== undefined)
    const fate = look === undefined ? undefined : fateOf(look.legs[leg], pair.proto, pair.port)
    const translated = leg === 'back' && look?.seenAs !== undefined
    return { ...pair, ...ruleOn(fate, look?.responder === 'answers', translated) }
  })
  return together(row, tried, looks[0])
}

/** Real hosts: a handshake or the protocol's own answer is all there can be, and silence convicts. */
function atHosts(
  row: PortRow,
  leg: LegName,
  hosts: readonly string[],
  looks: readonly PortsObservation[],
): Ruling {
  if (leg === 'back') {
    const detail = `${hosts.join(', ')} cannot be dialled from here: run an agent there`
    return { verdict: 'not-tested', reason: 'port-not-tested', detail }
  }
  const rulings = hosts.map((host) => {
    const look = looks.find((one) => one.farEnd === 'none' && one.target === host)
    const tried = triedPairs(row).map((pair) => {
      const fate = look === undefined ? undefined : fateOf(look.legs.out, pair.proto, pair.port)
      return { ...pair, ...ruleOn(fate, true) }
    })
    const ruling = together(row, tried, undefined)
    const at = hosts.length === 1 || ruling.verdict === 'pass' ? '' : `at ${host}: `
    return { ...ruling, detail: `${at}${ruling.detail ?? ''}` }
  })
  const worst = rulings.sort((a, b) => RANK.indexOf(a.verdict) - RANK.indexOf(b.verdict))[0]
  const detail = joinDetail(...rulings.map((ruling) => ruling.detail))
  return { ...(worst ?? NOTHING), detail, n: rulings.reduce((sum, { n }) => sum + (n ?? 0), 0) }
}

const NOTHING: Ruling = { verdict: 'not-tested', reason: 'no-data' }

const FAILS: { readonly [S in PortState]?: ReasonCode } = {
  refused: 'port-refused',
  filtered: 'port-filtered',
  unreachable: 'port-unreachable',
  intercepted: 'port-intercepted',
  'blocked-out': 'port-blocked-out',
  'blocked-back': 'port-blocked-back',
}

/**
 * @param known somebody is known to hold the port: without that, only what was proven counts
 * @param translated what was dialled is a NAT's address, not this host's: a refusal there is the NAT's,
 * and the servers' own hosts may be mapped where this one is not
 */
function ruleOn(
  fate: PortFate | undefined,
  known: boolean,
  translated = false,
): Pick<Tried, 'verdict' | 'reason' | 'word'> {
  if (fate === undefined)
    return { verdict: 'not-tested', reason: 'probe-not-run', word: 'not looked at' }
  const { state, proof, cause } = fate
  const word = cause === '' ? state : `${state} (${cause})`
  // Where nobody dialled for want of a responder, this host was not in the way.
  if (state === 'not-tested')
    return { verdict: state, reason: known ? 'port-not-tested' : 'no-responder', word }
  if (state === 'open' && proof === 'nonce') return { verdict: 'pass', reason: 'ports-open', word }
  if (state === 'one-way-protocol') return { verdict: 'inconclusive', reason: state, word }
  if (!known) return { verdict: 'inconclusive', reason: 'no-responder', word }
  if (state === 'open') {
    const real = proof === 'handshake' || proof === 'protocol'
    if (real) return { verdict: 'pass', reason: 'handshake-only', word: `${word} (${proof})` }
    return { verdict: 'inconclusive', reason: 'no-responder', word }
  }
  if (state === 'silent') return { verdict: 'inconclusive', reason: 'port-silent', word }
  if (state === 'not-listening') return { verdict: 'inconclusive', reason: 'not-listening', word }
  // Our question came here, and the answer was lost: that way is mapped.
  if (translated && state !== 'blocked-out')
    return { verdict: 'inconclusive', reason: 'port-behind-nat', word }
  const reason = FAILS[state] ?? 'port-filtered'
  return { verdict: 'fail', reason, word }
}

const RANK: readonly Verdict[] = ['fail', 'inconclusive', 'not-tested', 'pass']

/** All pairs must hold; with `match: any` the best one speaks for the row. */
function together(
  row: PortRow,
  tried: readonly Tried[],
  look: PortsObservation | undefined,
): Ruling {
  const sorted = [...tried].sort((a, b) => RANK.indexOf(a.verdict) - RANK.indexOf(b.verdict))
  const decisive = sorted.at(row.match === 'any' ? -1 : 0)
  if (decisive === undefined) return NOTHING
  const { verdict } = decisive
  // A pass that rests on a handshake anywhere does not claim more than that.
  const weak = tried.find((one) => one.verdict === 'pass' && one.reason === 'handshake-only')
  const reason = verdict === 'pass' && row.match === 'all' && weak ? weak.reason : decisive.reason
  const sample = row.dynamic ? `a sample of ${tried.length} ports of the range` : undefined
  const nat =
    reason === 'port-behind-nat' ? `dialled at ${look?.seenAs}, a NAT's address` : undefined
  const detail = joinDetail(portsText(tried), nat, sample)
  const someOpen = tried.some((one) => one.verdict === 'pass')
  const advice = portAdvice(row, { verdict, reason, word: decisive.word, someOpen })
  return { verdict, reason, detail, n: tried.length, ...(advice === undefined ? {} : { advice }) }
}

/** `tcp 8106 filtered, udp 5060 blocked-back`; a row where all is open says so with its count. */
function portsText(tried: readonly Tried[]): string {
  const groups = new Map<string, Tried[]>()
  for (const one of tried) {
    if (one.verdict === 'pass') continue
    const key = `${one.proto} ${one.word}`
    groups.set(key, [...(groups.get(key) ?? []), one])
  }
  const texts = [...groups.values()].map(([first, ...rest]) => {
    const ports = [first, ...rest].map((one) => one?.port ?? 0)
    return `${first?.proto} ${rangesText(ports)} ${first?.word}`
  })
  const shown = texts.length <= MOST_GROUPS ? texts : texts.slice(0, MOST_GROUPS)
  const more = texts.length - shown.length
  return [...shown, ...(more > 0 ? [`and ${more} more`] : [])].join(', ')
}

const MOST_GROUPS = 8

/** `48000-48100 514` of ports in any order. */
export function rangesText(ports: readonly number[]): string {
  return asRanges(ports)
    .map((range) => (typeof range === 'number' ? `${range}` : `${range[0]}-${range[1]}`))
    .join(' ')
}

/** What is open on one circuit says nothing of another: neither a pass nor a fail of the Internet path. */
export function isElsewhere({ path }: Pick<PortRow, 'path'>, look: Pick<PortsObservation, 'path'>) {
  return path === 'Internet' && look.path !== 'Internet'
}

function elsewhere({ path }: PortsObservation): Ruling {
  const detail = `a row of the Internet path, and this far end is reached over ${path}`
  return { verdict: 'not-tested', reason: 'other-path', detail }
}

/**
 * The source knows sites with the Internet alone, and prints no rows for them; under RCM none for a
 * remote-access circuit either, which LCM names beside MPLS.
 */
function otherCircuit(row: PortRow, look: PortsObservation | undefined, { profile }: Scene) {
  if (row.path !== 'MPLS' || look === undefined || look.path === 'MPLS') return undefined
  if (look.path === 'Internet') return `${PRINTED_FOR_MPLS} the Internet`
  return profile.model === 'RCM' ? `${PRINTED_FOR_MPLS} a remote-access circuit (RVA)` : undefined
}

const PRINTED_FOR_MPLS = 'printed for the MPLS circuit, and tried over'
