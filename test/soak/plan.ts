import type { Impairment, Leg } from '../lab/router/impairment.ts'
import { seededRandom } from '../support/random.ts'

export const MINUTE_MS = 60_000
/** The router takes at most 254 rules; a minute needs four at most. */
export const MOST_MINUTES = 60

/** One far end of the soak: its reflector's port tells its packets apart on the shared link. */
export interface SoakFarEnd {
  readonly name: 'primary' | 'secondary'
  readonly host: string
  readonly port: number
}

export const FAR_ENDS: readonly SoakFarEnd[] = [
  { name: 'primary', host: 'dc1', port: 4000 },
  { name: 'secondary', host: 'dc2', port: 4001 },
]

/** A verdict that must come out whatever the draws: the impairment is far on one side of a limit. */
export interface Certain {
  readonly id: string
  readonly leg: Leg | 'either'
  readonly verdict: 'pass' | 'fail'
}

/** What can befall a far end for a minute. */
interface Weather {
  readonly name: string
  /** Leg is filled in where it matters. */
  readonly rules: (leg: Leg) => readonly Impairment[]
  readonly certain: (leg: Leg) => readonly Certain[]
}

const DELAY: Impairment = { delayMs: 8 }
const nothing = () => []

const WEATHERS: readonly Weather[] = [
  {
    name: 'clean',
    rules: () => [DELAY],
    certain: () => [
      { id: 'VRN-3', leg: 'out', verdict: 'pass' },
      { id: 'VRN-4', leg: 'back', verdict: 'pass' },
      { id: 'VRN-5', leg: 'out', verdict: 'pass' },
      { id: 'VRN-6', leg: 'out', verdict: 'pass' },
    ],
  },
  {
    name: 'loss',
    rules: (leg) => [{ leg, ...DELAY, loss: { kind: 'random', ratio: 0.04 } }, DELAY],
    certain: (leg) => [{ id: 'VRN-6', leg, verdict: 'fail' }],
  },
  {
    name: 'burst loss',
    rules: (leg) => [{ leg, ...DELAY, loss: { kind: 'burst', enter: 0.002, leave: 0.2 } }, DELAY],
    certain: nothing,
  },
  {
    name: 'far away',
    rules: () => [{ delayMs: 170 }],
    certain: () => [{ id: 'VRN-3', leg: 'either', verdict: 'fail' }],
  },
  {
    name: 'jitter',
    rules: (leg) => [{ leg, delayMs: 40, jitter: { kind: 'normal', sdMs: 4 } }, DELAY],
    certain: (leg) => [{ id: 'VRN-4', leg, verdict: 'pass' }],
  },
  {
    name: 'remarked',
    rules: (leg) => [{ leg, ...DELAY, dscp: 10 }, DELAY],
    certain: (leg) => [{ id: 'VRN-5', leg, verdict: 'fail' }],
  },
  {
    name: 'duplicates',
    rules: (leg) => [
      { leg, ...DELAY, duplicate: { ratio: 0.02 }, loss: { kind: 'random', ratio: 0.001 } },
      DELAY,
    ],
    certain: nothing,
  },
  {
    name: 'reordering',
    rules: (leg) => [{ leg, ...DELAY, reorder: { ratio: 0.01, byMs: 50 } }, DELAY],
    certain: nothing,
  },
]

/** The weather of one minute of one far end. */
export interface Spell {
  readonly farEnd: SoakFarEnd['name']
  /** Milliseconds since 1970, a whole minute. */
  readonly fromMs: number
  readonly name: string
  readonly certain: readonly Certain[]
}

export interface SoakPlan {
  readonly rules: readonly Impairment[]
  readonly spells: readonly Spell[]
}

/**
 * Draws the weather of every minute by the seed, and one outage of 12 s in which nothing at all
 * passes, not even records: the collector stands behind the same link.
 */
export function drawPlan(seed: number, firstMs: number, minutes: number): SoakPlan {
  const random = seededRandom(seed)
  const outageMinute = Math.floor(random() * minutes)
  const outageMs = firstMs + outageMinute * MINUTE_MS + 20_000
  const outage = { when: { fromMs: outageMs, untilMs: outageMs + 12_000 }, outage: true }
  const rules: Impairment[] = [{ name: 'outage', ...outage }]
  const spells: Spell[] = []
  for (let minute = 0; minute < minutes; minute++) {
    const fromMs = firstMs + minute * MINUTE_MS
    const when = { fromMs, untilMs: fromMs + MINUTE_MS }
    for (const { name: farEnd, port } of FAR_ENDS) {
      const weather = WEATHERS[Math.floor(random() * WEATHERS.length)]
      const leg: Leg = random() < 0.5 ? 'out' : 'back'
      if (weather === undefined) continue
      const isOut = minute === outageMinute
      const name = `${weather.name}${isOut ? ' + outage' : ''}`
      rules.push(...weather.rules(leg).map((rule) => ({ ...rule, name, when, match: { port } })))
      spells.push({ farEnd, fromMs, name, certain: isOut ? [] : weather.certain(leg) })
    }
  }
  return { rules: [...rules, DELAY], spells }
}
