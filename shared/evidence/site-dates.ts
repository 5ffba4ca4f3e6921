/** One of the plans of a site, and when it came into force (milliseconds since 1970). */
export interface DatedPlan {
  readonly version: number
  readonly fromMs: number
}

/**
 * The plan that [fromMs, toMs) is judged by: the newest that was in force when it began, else the
 * first that came before its end; null: none did. Takes plans in the order of their versions.
 */
export function planOf<P extends DatedPlan>(
  plans: readonly P[],
  fromMs: number,
  toMs: number,
): P | null {
  const before = plans.filter((one) => one.fromMs <= fromMs).at(-1)
  return before ?? plans.find((one) => one.fromMs < toMs) ?? null
}

/** Which profile records named, as time went on: a time without records is judged by the one before. */
export class ProfilesHeard {
  readonly #heard: { readonly fromMs: number; readonly sha256: string }[] = []

  /** Takes records in the order of the log. */
  add(fromMs: number, sha256: string): void {
    if (this.#heard.at(-1)?.sha256 !== sha256) this.#heard.push({ fromMs, sha256 })
  }

  /** The newest that was named before an instant, else the first of all; empty: none ever was. */
  before(ms: number): string {
    const heard = this.#heard.filter(({ fromMs }) => fromMs < ms).at(-1) ?? this.#heard[0]
    return heard?.sha256 ?? ''
  }
}
