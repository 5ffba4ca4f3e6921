import type { SeenRecord } from '../evidence/verify-items.ts'
import { type Time, touching } from '../intervals.ts'
import type { Component, Exclusion, Gap } from './around-schema.ts'
import type { Eligibility } from './document.ts'
import type { Evidence } from './evidence.ts'
import { excludedBy } from './exclusions.ts'
import { phaseOf, type Scope, utcText } from './scope.ts'
import type { Survey } from './survey.ts'

/** A tick comes once a minute: more time than this without one, and the collector was away. */
const TICK_LOST_MS = 150_000
/** Silences shorter than this are the seams between windows. */
const SEAM_MS = 1000

/** Stretches of the scope in which the log holds no tick of the collector. */
export function collectorSilences({ entries }: Evidence, { span }: Scope): Time[] {
  const ticks = entries
    .flatMap(({ entry }) => (entry.kind === 'tick' ? [entry.at] : []))
    .sort((a, b) => a - b)
  const silences: Time[] = []
  let last = span.from
  for (const at of [...ticks.filter((one) => one > span.from && one < span.to), span.to]) {
    if (at - last > TICK_LOST_MS) silences.push({ from: last, to: at })
    last = at
  }
  return silences
}

/** Records that came long after their time, by the collector's own entries. */
export function lateRecords({ entries, records }: Evidence, { span }: Scope): Eligibility['late'] {
  return entries.flatMap(({ entry }) => {
    if (entry.kind !== 'late') return []
    const { agent, boot, fromSequence, toSequence, lateSeconds, at } = entry
    const own = records.filter(
      ({ record }) =>
        record.agent === agent &&
        record.boot === boot &&
        record.sequence >= fromSequence &&
        record.sequence <= toSequence &&
        touching(record.window, span),
    )
    if (own.length === 0) return []
    const from = Math.min(...own.map(({ record }) => record.window.from))
    const to = Math.max(...own.map(({ record }) => record.window.to))
    return [{ from, to, agent, records: own.length, lateSeconds, enteredAt: at }]
  })
}

interface GapParts {
  readonly evidence: Evidence
  readonly scope: Scope
  readonly survey: Survey
  readonly exclusions: readonly Exclusion[]
  readonly silences: readonly Time[]
}

/** Every time that was not seen, with its cause and whose part was missing, oldest first. */
export function gapsIn(parts: GapParts): Gap[] {
  const { evidence, scope, survey } = parts
  // One that was heard before alone may have been taken away since: it is nobody's gap.
  const heard = evidence.records.filter(({ record }) => record.window.to > scope.span.from)
  const agents = [...new Set(heard.map(({ record }) => record.agent))]
  const silent = agents.flatMap((agent) => agentGaps(parts, agent))
  const unheard = (['primary', 'secondary'] as const).flatMap((farEnd) =>
    survey.farEnds[farEnd].holes
      .filter((hole) => hole.cause !== 'no record' && hole.to - hole.from >= SEAM_MS)
      .map((hole): Gap => {
        const { component, detail } = FAR_CAUSES[hole.cause] ?? UNKNOWN_CAUSE
        const { from, to, cause } = hole
        const phase = phaseOf(hole, scope.outage)
        const base = { from, to, phase, farEnd, agent: null, cause: cause.replace(' ', '-') }
        return { ...base, component, detail }
      }),
  )
  return [...silent, ...unheard]
    .map((gap) => agreed(gap, parts.exclusions))
    .sort((a, b) => a.from - b.from || a.to - b.to)
}

const UNKNOWN_CAUSE = { component: 'not-known', detail: 'no cause was recorded' } as const

const FAR_CAUSES: {
  readonly [cause: string]: { readonly component: Component; readonly detail: string }
} = {
  'no reply': {
    component: 'not-known',
    detail:
      'packets were sent and nothing came back, nor did a receipt tell of them: the way or the far end',
  },
  'no-session': {
    component: 'not-known',
    detail: 'no session could be opened with the reflector: the way or the far end',
  },
  'nat-moved': {
    component: 'not-known',
    detail:
      'the reflector saw the agent at another address or port, so a NAT on the way had changed it, and a new session was opened',
  },
  refused: { component: 'reflector', detail: 'the reflector refused the session' },
  'reflector-restart': { component: 'reflector', detail: 'the reflector was started again' },
  'agent-start': { component: 'site-agent', detail: 'the agent had only been started' },
  'agent-stop': { component: 'site-agent', detail: 'the agent was being stopped' },
  'own-load': {
    component: 'site-agent',
    detail: 'the agent loaded the way itself: what was seen then decides nothing',
  },
  'host-sleep': { component: 'site-host', detail: 'the host of the agent slept' },
}

/** Times between two records of an agent, and after its last one. */
function agentGaps(parts: GapParts, agent: string): Gap[] {
  const { evidence, scope } = parts
  const own = evidence.records
    .filter(({ record }) => record.agent === agent && record.run === undefined)
    .sort((a, b) => a.record.window.from - b.record.window.from)
  const gaps: Gap[] = []
  let before: SeenRecord | undefined
  let seenTo = scope.span.from
  for (const next of [...own, null]) {
    const from = Math.max(seenTo, scope.span.from)
    const to = Math.min(next?.record.window.from ?? scope.span.to, scope.span.to)
    if (to - from >= SEAM_MS) {
      const why =
        next === null
          ? silentTail(parts, { from, to }, agent)
          : causeOf(parts, { from, to }, before, next)
      const phase = phaseOf({ from, to }, scope.outage)
      gaps.push({ from, to, phase, farEnd: 'none', agent, ...why })
    }
    if (next === null) break
    if (next.record.window.to >= seenTo) before = next
    seenTo = Math.max(seenTo, next.record.window.to)
  }
  return gaps
}

type Cause = Pick<Gap, 'cause' | 'component' | 'detail'>

function causeOf(
  parts: GapParts,
  time: Time,
  before: SeenRecord | undefined,
  next: SeenRecord,
): Cause {
  const { dropped, boot, sequence, previous, clock } = next.record
  if (dropped !== undefined) {
    const detail = `the agent declares ${dropped.windows} windows that it could not keep`
    return { cause: dropped.cause, component: 'site-host', detail }
  }
  if (before === undefined) {
    return previous === null
      ? { cause: 'not-yet-there', component: 'site-agent', detail: 'its chain begins here' }
      : missing('the records before its first one here are not shown')
  }
  // A run between two minutes is a record of the chain as well.
  if (!parts.evidence.records.some(({ payloadSha256 }) => payloadSha256 === previous)) {
    return missing(`its record ${sequence} names another one before it, which is not here`)
  }
  if (boot === before.record.boot) return sameBoot(time, before, next)
  const earlier = before.record.clock
  const again =
    clock !== undefined && earlier !== undefined && clock.monotonicFromMs < earlier.monotonicToMs
  const detail = again ? 'its host or the agent was started again' : 'the agent was started again'
  return { cause: 'agent-away', component: again ? 'site-host' : 'site-agent', detail }
}

const missing = (detail: string): Cause => ({
  ...{ cause: 'records-missing', component: 'not-known', detail },
})

function sameBoot(time: Time, before: SeenRecord, next: SeenRecord): Cause {
  const [earlier, later] = [before.record.clock, next.record.clock]
  if (earlier !== undefined && later !== undefined) {
    const ran = later.monotonicFromMs - earlier.monotonicToMs
    if (ran < (time.to - time.from) / 2) {
      const detail = `the clock jumped: ${Math.round(ran / 1000)} s passed by the monotonic clock`
      return { cause: 'clock-step', component: 'site-clock', detail }
    }
  }
  const detail = 'it was running and made no record: a host that slept, or a measuring that stopped'
  return { cause: 'no-record', component: 'site-host', detail }
}

/** Nothing came after: did anybody listen, and was it entered then that nothing came? */
function silentTail({ silences, evidence }: GapParts, time: Time, agent: string): Cause {
  const deaf = silences.filter((one) => touching(one, time))
  const deafMs = deaf.reduce(
    (sum, one) => sum + Math.min(one.to, time.to) - Math.max(one.from, time.from),
    0,
  )
  if (deafMs > (time.to - time.from) / 2) {
    const detail = 'the collector left no tick either: whether the site was silent is not proven'
    return { cause: 'collector-away', component: 'collector', detail }
  }
  const isEmpty = (quarter: Time) => evidence.touching(quarter).length === 0
  const { word, records } = evidence.silences.of(time, isEmpty)
  const notedMs = evidence.silences.noteOf(time, agent)
  if (word === 'judged') {
    return missing(`${records} records of it were judged, and none is here: removed, or withheld`)
  }
  if (notedMs === null && word !== 'noted') {
    return missing('none after its last one is here, and the log does not say that none came')
  }
  const noted = notedMs === null ? '' : `, and noted it at ${utcText(notedMs)}`
  const detail = `the collector listened${noted}: the agent, its host or its line was away; what it spooled may still come`
  return { cause: 'site-silent', component: 'site-agent', detail }
}

function agreed(gap: Gap, exclusions: readonly Exclusion[]): Gap {
  const by = excludedBy(exclusions, gap)
  if (by === null || by.from > gap.from || by.to < gap.to) return gap
  const detail = `${by.cause} ${by.id}, entered beforehand by ${by.by}: ${by.why}; ${gap.detail}`
  return { ...gap, component: 'agreed', detail }
}
