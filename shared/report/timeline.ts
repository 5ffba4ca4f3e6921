import type { RequirementKind } from '../profile/schema.ts'
import type { Finding, Verdict } from '../verdict/finding.ts'

/** One line of the profile at one place, over all quarter hours that are spoken of. */
export interface LineTime {
  readonly id: string
  readonly title: string
  readonly kind: RequirementKind
  readonly leg: Finding['leg']
  readonly farEnd: Finding['farEnd']
  readonly segment: string | null
  readonly required: boolean
  /** Of the whole time: the worst of its quarter hours, and nothing less than all of them is a pass. */
  readonly verdict: Verdict
  /** One a quarter hour; null: not judged (no profile, or outside the bundle). */
  readonly verdicts: readonly (Verdict | null)[]
  /** The statistic of each quarter hour, and where the true value lies; null: nothing measured. */
  readonly values: readonly (number | null)[]
  readonly low: readonly (number | null)[]
  readonly high: readonly (number | null)[]
  readonly counts: { readonly [V in Verdict]: number }
  /** The quarter hour that speaks loudest, and what was found in it. */
  readonly worst: { readonly step: number; readonly finding: Finding }
  /** The newest finding. */
  readonly last: Finding
  /** Quarter hours of the newest run of passes, at the end; 0: the last one is none. */
  readonly passesSince: number
}

/** Worst first. */
export const WORST: readonly Verdict[] = ['fail', 'inconclusive', 'not-tested', 'pass']

export const worse = (a: Verdict, b: Verdict): boolean => WORST.indexOf(a) < WORST.indexOf(b)

/** The worst of them; nothing is not a pass. */
export function worstOf(verdicts: readonly (Verdict | null)[]): Verdict {
  const found = new Set(verdicts.map((one) => one ?? 'not-tested'))
  const worst = WORST.find((verdict) => found.has(verdict)) ?? 'not-tested'
  // Seen in a part of the time only: neither a pass nor untested.
  return worst === 'not-tested' && found.has('pass') ? 'inconclusive' : worst
}

/** Gathers findings quarter hour by quarter hour; `steps` is how many there will be. */
export class Timelines {
  readonly #steps: number
  readonly #lines = new Map<string, Gathered>()

  constructor(steps: number) {
    this.#steps = steps
  }

  add(step: number, findings: readonly Finding[]): void {
    for (const finding of findings) this.#at(finding).add(step, finding)
  }

  /** In the order of the profile, then of places. */
  lines(kinds: ReadonlyMap<string, RequirementKind>): readonly LineTime[] {
    const order = [...kinds.keys()]
    const rank = ({ id, farEnd, segment, leg }: LineTime) =>
      [
        order.indexOf(id),
        PLACES.indexOf(farEnd),
        segment === null ? 0 : 1,
        LEGS.indexOf(leg),
      ] as const
    return [...this.#lines.values()]
      .map((gathered) => gathered.line(kinds.get(gathered.last.id) ?? 'qos'))
      .sort((a, b) => compare(rank(a), rank(b)) || (a.segment ?? '').localeCompare(b.segment ?? ''))
  }

  #at({ id, farEnd, leg, segment }: Finding): Gathered {
    const key = `${id} ${farEnd} ${leg} ${segment ?? ''}`
    const known = this.#lines.get(key)
    if (known !== undefined) return known
    // `either` stands beside the legs only where it convicts; where it is not said, the legs speak.
    const made = new Gathered(this.#steps, leg === 'either')
    this.#lines.set(key, made)
    return made
  }
}

const PLACES: readonly Finding['farEnd'][] = ['none', 'primary', 'secondary']
const LEGS: readonly Finding['leg'][] = ['none', 'out', 'back', 'either']

function compare(a: readonly number[], b: readonly number[]): number {
  const at = a.findIndex((value, place) => value !== b[place])
  return at === -1 ? 0 : (a[at] ?? 0) - (b[at] ?? 0)
}

class Gathered {
  readonly #verdicts: (Verdict | null)[]
  readonly #values: (number | null)[]
  readonly #low: (number | null)[]
  readonly #high: (number | null)[]
  readonly #either: boolean
  #required = false
  #worst: LineTime['worst'] | null = null
  #last: Finding | null = null

  constructor(steps: number, either: boolean) {
    this.#either = either
    const none = () => Array.from({ length: steps }, () => null)
    this.#verdicts = none()
    this.#values = none()
    this.#low = none()
    this.#high = none()
  }

  get last(): Finding {
    if (this.#last === null) throw new TypeError('a timeline begins with a finding')
    return this.#last
  }

  add(step: number, finding: Finding): void {
    this.#verdicts[step] = finding.verdict
    this.#values[step] = finding.value
    this.#low[step] = finding.interval?.[0] ?? finding.value
    this.#high[step] = finding.interval?.[1] ?? finding.value
    this.#required ||= finding.required
    if (this.#worst === null || speaksLouder(finding, this.#worst.finding)) {
      this.#worst = { step, finding }
    }
    this.#last = finding
  }

  line(kind: RequirementKind): LineTime {
    const { id, title, leg, farEnd, segment } = this.last
    const verdicts = this.#verdicts
    const counts = { pass: 0, fail: 0, inconclusive: 0, 'not-tested': 0 }
    for (const verdict of verdicts) if (verdict !== null) counts[verdict] += 1
    const said = this.#either ? verdicts.filter((one) => one !== null) : verdicts
    return {
      ...{ id, title, kind, leg, farEnd, segment: segment ?? null, required: this.#required },
      ...{ verdict: worstOf(said), verdicts, counts },
      ...{ values: this.#values, low: this.#low, high: this.#high },
      worst: this.#worst ?? { step: 0, finding: this.last },
      last: this.last,
      passesSince: verdicts.length - 1 - verdicts.findLastIndex((one) => one !== 'pass'),
    }
  }
}

/** A worse verdict; of the same, the value that is further on the wrong side. */
function speaksLouder(a: Finding, b: Finding): boolean {
  if (a.verdict !== b.verdict) return worse(a.verdict, b.verdict)
  if (a.value === null) return false
  if (b.value === null) return true
  if (a.op === '>=') return a.value < b.value
  return a.op === '==' ? false : a.value > b.value
}
