import type { FarEndName } from '../profile/site.ts'
import type { Plan } from './plan.ts'
import type { RunAsk } from './run.ts'
import { ALLOWED_WITHOUT_PLAN, LOAD_KINDS, type RunKind } from './run-kinds.ts'

/** Why a run may not be: `where` it is decided, what would be allowed, and what was asked. */
export interface RunRefusal {
  readonly where: string
  readonly wanted: string
  readonly found: string
}

/** One call each way, IP packets every 20 ms: (payload + RTP 12 + UDP 8 + IP 20) octets x 50 x 8. */
const CALL_KBIT: { readonly [codec in 'g711' | 'g729']: number } = { g711: 80, g729: 24 }
/** What runs offer where nothing else is asked. */
const USUAL_CALLS: { readonly [kind in RunKind]?: number } = { check: 1, media: 1, qos: 10 }

/** Calls that a run would offer to one far end at the most. */
export function callsOf(plan: Plan | null, ask: RunAsk): number {
  const peak = Math.min(plan?.site.peakCalls ?? 10, plan?.caps.maxCalls ?? 1)
  return ask.calls ?? (ask.kind === 'capacity' ? peak : (USUAL_CALLS[ask.kind] ?? 0))
}

/**
 * Whether a site's plan lets this run be, at this time (milliseconds since 1970); null: it does.
 * Asked on both sides: by the collector when a run is asked for, and by the agent, whose word is the
 * last, when it takes it.
 */
export function runRefusal(plan: Plan | null, ask: RunAsk, nowMs: number): RunRefusal | null {
  const allowed = plan?.caps.consent ?? ALLOWED_WITHOUT_PLAN
  if (!allowed.includes(ask.kind)) {
    const where = plan === null ? 'a site without a plan' : 'plan.caps.consent'
    return { where, wanted: allowed.join(', ') || 'no run at all', found: ask.kind }
  }
  if (plan === null) return ask.calls === undefined || ask.calls <= 1 ? null : tooMany(1, ask.calls)
  return farEndRefusal(plan, ask) ?? loadRefusal(plan, ask) ?? timeRefusal(plan, ask, nowMs)
}

function farEndRefusal({ site }: Plan, { farEnd }: RunAsk): RunRefusal | null {
  const names: readonly FarEndName[] = ['primary', 'secondary']
  const known = names.filter((name) => site.farEnds[name] !== undefined)
  if (farEnd === undefined || known.includes(farEnd)) return null
  return { where: 'farEnd', wanted: known.join(' or ') || 'a site with far ends', found: farEnd }
}

function loadRefusal(plan: Plan, ask: RunAsk): RunRefusal | null {
  const { maxCalls, maxKbitPerSecond } = plan.caps
  const calls = callsOf(plan, ask)
  if (calls > maxCalls) return tooMany(maxCalls, calls)
  // Voice of `check` and `media` goes to all far ends at once, that of the others to one at a time.
  const together = ask.kind === 'check' || ask.kind === 'media'
  const ends = together && ask.farEnd === undefined ? Object.keys(plan.site.farEnds).length : 1
  // Best effort of the same size runs beside the calls of `qos`.
  const share = ask.kind === 'qos' ? 2 : 1
  const kbit = calls * ends * share * CALL_KBIT[plan.schedule.codec]
  if (kbit <= maxKbitPerSecond) return null
  const where = 'plan.caps.maxKbitPerSecond'
  return { where, wanted: `<= ${maxKbitPerSecond} kbit/s`, found: `${kbit} kbit/s` }
}

function tooMany(most: number, calls: number): RunRefusal {
  return { where: 'plan.caps.maxCalls', wanted: `<= ${most} calls`, found: `${calls} calls` }
}

function timeRefusal(plan: Plan, ask: RunAsk, nowMs: number): RunRefusal | null {
  const { windows } = plan.schedule
  if (windows === undefined || !LOAD_KINDS.has(ask.kind)) return null
  const now = new Date(nowMs).toISOString().slice(11, 16)
  const inside = windows.some(({ from, to }) =>
    from <= to ? from <= now && now < to : from <= now || now < to,
  )
  if (inside) return null
  const wanted = windows.map(({ from, to }) => `${from}-${to} UTC`).join(' or ')
  return { where: 'plan.schedule.windows', wanted, found: `${now} UTC` }
}
