/** One thing that doctor looked at: what it is here, what a lack of it costs, how to mend it. */
export interface Checkup {
  readonly name: string
  /** `missing`: measuring works without it, but says less; `broken`: nothing can be measured. */
  readonly state: 'good' | 'degraded' | 'missing' | 'broken'
  readonly found: string
  /** Clauses that cannot be decided, or only more coarsely, because of it; empty where good. */
  readonly costs: string
  readonly repair: string
}

export function good(name: string, found: string): Checkup {
  return { name, state: 'good', found, costs: '', repair: '' }
}

export function lacking(
  name: string,
  state: 'degraded' | 'missing' | 'broken',
  found: string,
  costs: string,
  repair: string,
): Checkup {
  return { name, state, found, costs, repair }
}

/** Exit code of a doctor's visit: 0 all good, 2 something lacks, 4 nothing can be measured. */
export function exitOf(checkups: readonly Checkup[]): 0 | 2 | 4 {
  if (checkups.some((checkup) => checkup.state === 'broken')) return 4
  return checkups.some((checkup) => checkup.state !== 'good') ? 2 : 0
}
