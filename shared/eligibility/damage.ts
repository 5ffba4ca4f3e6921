import type { SeenRecord } from '../evidence/verify-items.ts'
import { type Time, touching } from '../intervals.ts'
import { LONGEST_VALIDITY_MS } from '../verdict/rounds.ts'
import { RUN_HOLDS_MS } from '../verdict/runs.ts'
import type { Evidence } from './evidence.ts'
import { utcText } from './scope.ts'
import type { Place } from './terms.ts'

/** Why evidence that is otherwise sound must not decide a quarter hour. */
export interface Denial {
  readonly reason:
    | 'records-missing'
    | 'agent-silent'
    | 'sides-disagree'
    | 'time-contradicted'
    | 'clock-step'
    | 'other-profile'
    | 'entry-unread'
    | 'evidence-invalid'
    | 'round-not-shown'
    | 'run-not-shown'
  readonly detail: string
  /** A fail still stands: only a pass would claim too much. */
  readonly passOnly: boolean
}

interface Damage extends Time, Denial {
  /** Null: everything; else what was measured to this data centre alone. */
  readonly farEnd: 'primary' | 'secondary' | null
  /** Only what was found of parts of that way. */
  readonly partsOnly?: true
}

/** Where the evidence is damaged: holes in chains, contradictions of two sides, impossible times. */
export class DamageBook {
  readonly #damages: readonly Damage[]
  readonly #records: readonly SeenRecord[]
  readonly #shownFrom: number
  readonly #holes: readonly Damage[]

  constructor(evidence: Evidence) {
    const { records, manifest, entries } = evidence
    const agents = [...new Set(records.map(({ record }) => record.agent))]
    const chains = agents.map((agent) => records.filter(({ record }) => record.agent === agent))
    const revoked = (agent: string, after: number) =>
      entries.some(
        ({ entry }) => entry.kind === 'revoke' && entry.agent === agent && entry.at >= after,
      )
    this.#records = records
    this.#shownFrom = manifest.from
    this.#holes = chains.flatMap((chain) => holesOf(chain, manifest.from))
    this.#damages = [
      ...this.#holes,
      ...chains.flatMap((chain) => tailOf(chain, manifest.to, revoked)),
      ...contradictions(evidence),
    ]
  }

  /**
   * What forbids to decide a line of a quarter hour; null: nothing does.
   * @param run the kind of run that decides this line where one held; null: none ever does
   */
  at(
    time: Time,
    { farEnd, segment }: Pick<Place, 'farEnd' | 'segment'>,
    run: 'capacity' | 'qos' | null,
  ): Denial | null {
    const here = this.#damages.filter((one) => touching(one, time) || isAt(one, time))
    const own = here
      .filter((one) => one.farEnd === null || one.farEnd === farEnd)
      .filter((one) => one.partsOnly !== true || segment !== undefined)
    const found = own.find(({ passOnly }) => !passOnly) ?? own[0]
    if (found !== undefined) return found
    if (farEnd === 'none') return this.#roundAt(time)
    return run === null ? null : this.runAt(time, run)
  }

  /**
   * What is not streamed holds until the agent looks again. A record that is missing since then may
   * have carried a newer look; one from before the bundle's time may have been followed by others.
   */
  #roundAt({ to }: Time): Denial | null {
    return this.#since(this.#newestRound(to), to, 'round-not-shown')
  }

  /**
   * The same of what runs of load showed, as far as they reach back: what forbids to decide by them
   * at the end of a time; null: nothing does, or none held.
   */
  runAt({ to }: Time, kind: 'capacity' | 'qos'): Denial | null {
    const begun = this.runsAt(to, kind).map(({ record }) => record.run?.from ?? 0)
    return this.#since(begun.length === 0 ? null : Math.max(...begun), to, 'run-not-shown')
  }

  /** Records of runs of this kind that may hold at an instant. */
  runsAt(ms: number, kind: 'capacity' | 'qos'): readonly SeenRecord[] {
    return this.#records.filter(
      ({ record: { run } }) => run?.kind === kind && run.to <= ms && run.to > ms - RUN_HOLDS_MS,
    )
  }

  #since(started: number | null, to: number, reason: Denial['reason']): Denial | null {
    if (started === null) return null
    const hole = this.#holes.find((one) => one.to > started && one.from < to)
    if (hole !== undefined) return { ...hole, passOnly: false }
    if (started >= this.#shownFrom) return null
    const detail = `seen at ${utcText(started)}, before the time that this bundle shows whole`
    return { reason, detail, passOnly: true }
  }

  #newestRound(to: number): number | null {
    const seen = new Map<string, { parts: Set<number>; of: number; startedMs: number }>()
    for (const { record } of this.#records) {
      const { round, agent, window } = record
      if (round === undefined || window.to > to || round.startedMs < to - LONGEST_VALIDITY_MS) {
        continue
      }
      const { startedMs, part, parts } = round
      const key = `${agent} ${startedMs}`
      const one = seen.get(key) ?? { parts: new Set(), of: parts, startedMs }
      one.parts.add(part)
      seen.set(key, one)
    }
    const whole = [...seen.values()].filter(({ parts, of }) => parts.size >= of)
    return whole.length === 0 ? null : Math.max(...whole.map(({ startedMs }) => startedMs))
  }
}

/** A hole without length is at the border between two windows: it belongs to the one it ends in. */
function isAt(one: Time, time: Time): boolean {
  return one.from === one.to && one.from >= time.from && one.from <= time.to
}

/** Places of one agent's chain at which records that once were are not here. */
function holesOf(chain: readonly SeenRecord[], shownFrom: number): Damage[] {
  const known = new Set(chain.map(({ payloadSha256 }) => payloadSha256))
  const inOrder = [...chain].sort(
    (a, b) => a.record.window.to - b.record.window.to || a.index - b.index,
  )
  return inOrder.flatMap((next, at): Damage[] => {
    const { previous, window, sequence, agent } = next.record
    if (window.to <= shownFrom || (previous !== null && known.has(previous))) return []
    const endedMs = inOrder[at - 1]?.record.window.to ?? null
    // The one before the first that is shown may belong to an earlier time, which is not shown whole.
    const isFirst = endedMs === null || endedMs <= shownFrom
    if (isFirst && (window.from <= shownFrom || (previous === null && endedMs === null))) return []
    const from = Math.max(Math.min(endedMs ?? shownFrom, window.from), shownFrom)
    const detail = `records of ${agent} before its number ${sequence} are not here`
    const place = { from, to: Math.max(from, window.from), farEnd: null }
    return [{ ...place, reason: 'records-missing', detail, passOnly: false }]
  })
}

/** After its last record an agent may have made others: nothing names them. */
function tailOf(
  chain: readonly SeenRecord[],
  shownTo: number,
  revoked: (agent: string, after: number) => boolean,
): Damage[] {
  const last = chain.reduce<SeenRecord | null>(
    (newest, one) =>
      newest === null || one.record.window.to > newest.record.window.to ? one : newest,
    null,
  )
  if (last === null || last.record.window.to >= shownTo) return []
  const { agent, window } = last.record
  if (revoked(agent, window.from)) return []
  const detail = `nothing that ${agent} made after ${utcText(window.to)} is here`
  const time = { from: window.to, to: shownTo, farEnd: null }
  return [{ ...time, reason: 'agent-silent', detail, passOnly: true }]
}

function contradictions({ items, valid, manifest }: Evidence): Damage[] {
  const found = items.flatMap(({ code, time, where, what }): Damage[] => {
    if (time === null) return []
    const detail = `${where}: ${what}`
    if (code === 'disagreement') {
      const place = /, (primary|secondary)( segment [^ ]+)?$/.exec(where)
      const farEnd = (place?.[1] ?? null) as Damage['farEnd']
      const parts = place?.[2] === undefined ? {} : { partsOnly: true as const }
      return [{ ...time, reason: 'sides-disagree', detail, passOnly: false, farEnd, ...parts }]
    }
    if (code === 'sequence-hole') {
      return [{ ...time, reason: 'records-missing', detail, passOnly: false, farEnd: null }]
    }
    if (code === 'dated-too-early' || code === 'dated-too-late') {
      return [{ ...time, reason: 'time-contradicted', detail, passOnly: false, farEnd: null }]
    }
    if (code !== 'clock-step') return []
    return [{ ...time, reason: 'clock-step', detail, passOnly: true, farEnd: null }]
  })
  if (valid) return found
  const detail = 'the evidence is invalid: see what verifying found'
  const { from, to } = manifest
  const whole = { from, to, farEnd: null }
  return [{ ...whole, reason: 'evidence-invalid', detail, passOnly: false }, ...found]
}
