import type { Entry } from '../evidence/entry.ts'
import { toHex } from '../evidence/octets.ts'
import { runsIn, wordOf } from '../evidence/seen-runs.ts'
import type { SeenRecord, TrustedKeys, VerifyTools } from '../evidence/verify-items.ts'
import { formatVkey } from '../evidence/vkey.ts'
import { grouped } from '../grouped.ts'
import { type Time, touching } from '../intervals.ts'
import { decides as decidesLines } from '../verdict/runs.ts'
import type { Method } from './around-schema.ts'
import type { Evidence } from './evidence.ts'
import { type Scope, utcSpan } from './scope.ts'
import type { Survey } from './survey.ts'

/** Findings of one kind that a document lists; how many there were stands in its counts. */
const MOST_ITEMS = 50

export interface MethodParts {
  readonly evidence: Evidence
  readonly scope: Scope
  readonly survey: Survey
  readonly tools: Pick<VerifyTools, 'sha256'>
}

/** How far the instruments and the people around them can be trusted, as far as the log tells. */
export function methodOf(parts: MethodParts): Method {
  const { evidence, scope, survey, tools } = parts
  const own = evidence.records.filter(({ record }) => touching(record.window, scope.span))
  const { windows, disturbed, worstStallMs } = survey
  return {
    tools: versions(own),
    keys: keysOf(evidence.keys, tools),
    boots: bootsOf(own),
    clocks: clocksOf(parts, own),
    instrument: { windows, disturbed, worstStallMs },
    disagreements: itemsOf(evidence, scope.span, ['disagreement']),
    changes: changesOf(own),
    acts: [...actsOf(evidence), ...handRuns(evidence)],
    times: timesOf(evidence, own),
  }
}

/** Findings of verifying with these codes that touch a time. */
export function itemsOf(
  { items }: Evidence,
  span: Time,
  codes: readonly string[],
): Evidence['items'][number][] {
  return items
    .filter(({ code, time }) => codes.includes(code) && (time === null || touching(time, span)))
    .slice(0, MOST_ITEMS)
}

function versions(own: readonly SeenRecord[]): Method['tools'] {
  const words = own.flatMap(({ record, receipts }) => [
    { who: `agent ${record.agent}`, version: record.tool.version, ...timeOf(record.window) },
    ...receipts.marks.map(({ reflector, version }) => ({
      ...{ who: `reflector ${reflector}`, version, ...timeOf(record.window) },
    })),
  ])
  return [...grouped(words, ({ who, version }) => `${who} ${version}`).values()].map((all) => ({
    ...{ who: all[0]?.who ?? '', version: all[0]?.version ?? '', records: all.length },
    ...around(all),
  }))
}

function keysOf(keys: TrustedKeys, tools: MethodParts['tools']): Method['keys'] {
  return (['agent', 'reflector', 'log', 'witness'] as const).flatMap((role) =>
    keys[role].map((key) => ({
      ...{ role, key: formatVkey(key), sha256: toHex(tools.sha256(key.publicKey)) },
    })),
  )
}

function bootsOf(own: readonly SeenRecord[]): Method['boots'] {
  const boots = grouped(own, ({ record }) => `${record.agent} ${record.boot}`)
  return [...boots.values()].map((all) => {
    const numbers = all.map(({ record }) => record.sequence)
    const { agent = '', boot = '' } = all[0]?.record ?? {}
    return {
      ...{ agent, boot, records: all.length },
      ...{ firstSequence: Math.min(...numbers), lastSequence: Math.max(...numbers) },
      ...around(all.map(({ record }) => record.window)),
    }
  })
}

function clocksOf({ evidence, scope, survey }: MethodParts, own: readonly SeenRecord[]) {
  const clocks = own.flatMap(({ record }) => (record.clock === undefined ? [] : [record.clock]))
  const errors = clocks.flatMap(({ maxErrorMs }) => (maxErrorMs === null ? [] : [maxErrorMs]))
  const largest = errors.reduce((most, one) => Math.max(most, one), 0)
  return {
    records: own.length,
    synchronised: clocks.filter(({ synchronised }) => synchronised).length,
    maxErrorMs: errors.length === 0 ? null : largest,
    faultyWindows: survey.faultyClocks,
    steps: itemsOf(evidence, scope.span, ['clock-step', 'dated-too-early', 'dated-too-late']),
  }
}

function changesOf(own: readonly SeenRecord[]): Method['changes'] {
  const inOrder = [...own].sort((a, b) => a.record.window.from - b.record.window.from)
  const changes: { at: number; what: string }[] = []
  let before: SeenRecord['record'] | null = null
  for (const { record } of inOrder) {
    const { profile, tool, window } = record
    if (before !== null && before.profile.sha256 !== profile.sha256) {
      const what = `profile ${before.profile.id} ${before.profile.version} -> ${profile.id} ${profile.version}`
      changes.push({ at: window.from, what: `${what} (${profile.sha256.slice(0, 12)})` })
    }
    if (before !== null && before.tool.version !== tool.version) {
      changes.push({ at: window.from, what: `agent ${before.tool.version} -> ${tool.version}` })
    }
    before = record
  }
  return changes.slice(0, MOST_ITEMS)
}

function actsOf({ entries }: Evidence): Method['acts'] {
  return entries.flatMap(({ entry }) => {
    const what = actText(entry)
    const by = 'by' in entry ? entry.by : null
    return what === null ? [] : [{ at: entry.at, by, what }]
  })
}

/** Runs that somebody asked for at the agent's machine: by its word, and deciding no more than others. */
function handRuns({ records, looks }: Pick<Evidence, 'records' | 'looks'>): Method['acts'] {
  const words = new Map(looks.map(({ run, judgement }) => [run.id, judgement?.overall]))
  return runsIn(records.filter(({ record }) => record.run?.by === 'operator')).map(
    ({ run, signed, why, agent }) => {
      const own = words.get(run.id)
      const said = own === undefined || own === null ? '' : `, ${own} by its own counts`
      const decides = decidesLines(run) ? '' : '; it decides no line'
      const what = `${run.kind} ${run.id.slice(0, 8)} by hand at ${agent}${said}: ${why || wordOf(run, signed)}${decides}`
      return { at: run.entered?.at ?? run.from, by: run.entered?.by ?? null, what }
    },
  )
}

function actText(entry: Entry): string | null {
  switch (entry.kind) {
    case 'enrol':
      return `agent ${entry.agent} was enrolled with ${entry.key}`
    case 'rotate':
      return `agent ${entry.agent} changed its key from ${entry.previousKeyId}`
    case 'revoke':
      return `key ${entry.keyId} of ${entry.agent} was revoked: ${entry.why}`
    case 'profile':
      return `profile ${entry.id} ${entry.version} was put in (${entry.sha256.slice(0, 12)})`
    case 'plan':
      return `plan ${entry.version} came into force (${entry.sha256.slice(0, 12)})`
    case 'exclusion': {
      const word = entry.withdrawn
        ? 'taken back'
        : entry.at > entry.from
          ? 'entered after it began'
          : 'entered'
      return `${entry.cause} ${entry.id}, ${utcSpan(entry)}, was ${word}: ${entry.why}`
    }
    default:
      return null
  }
}

function timesOf({ bounds }: Evidence, own: readonly SeenRecord[]): Method['times'] {
  const sides = own.map((seen) => {
    const bound = bounds.get(seen)
    return Number(bound?.notBeforeMs != null) + Number(bound?.notAfterMs != null)
  })
  const of = (count: number) => sides.filter((one) => one === count).length
  return { bothSides: of(2), oneSide: of(1), neither: of(0) }
}

function timeOf({ from, to }: Time): Time {
  return { from, to }
}

function around(all: readonly Time[]): Time {
  return all.reduce(
    (whole, { from, to }) => ({ from: Math.min(whole.from, from), to: Math.max(whole.to, to) }),
    { from: all[0]?.from ?? 0, to: all[0]?.to ?? 0 },
  )
}
