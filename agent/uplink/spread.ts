/** When this agent's live records go, of those of a fleet whose minutes all end at once. */
export class Spread {
  readonly #place: number
  /** Over so many milliseconds the collector wants them to come, by its newest answer. */
  overMs = 0

  /** @param place of this agent in that time, 0 to 1 */
  constructor(place: number) {
    this.#place = place
  }

  /** Milliseconds from a record's making to its going. */
  get afterMs(): number {
    return this.#place * this.overMs
  }
}
