import { usageOf } from '../bench/processes.ts'

/** How much larger a process may become after its first minute. */
const MOST_GROWTH_MB = 24

export interface MemoryRow {
  readonly process: string
  readonly earlyMb: number
  readonly lateMb: number
  readonly tooMuch: boolean
}

/** Watches the resident memory of processes; what they need to get going is not counted as growth. */
export class MemoryWatch {
  readonly #pids: ReadonlyMap<string, number>
  readonly #seen = new Map<string, number[]>()

  constructor(pids: ReadonlyMap<string, number>) {
    this.#pids = pids
  }

  look(): void {
    for (const [name, pid] of this.#pids) {
      const mb = usageOf(pid)?.rssMb
      if (mb === undefined) throw new Error(`${name} is gone`)
      this.#seen.set(name, [...(this.#seen.get(name) ?? []), mb])
    }
  }

  /** Median of the first quarter of the looks beside that of the last quarter. */
  rows(): readonly MemoryRow[] {
    return [...this.#seen].map(([process, all]) => {
      const quarter = Math.max(1, Math.floor(all.length / 4))
      const [earlyMb, lateMb] = [median(all.slice(0, quarter)), median(all.slice(-quarter))]
      return { process, earlyMb, lateMb, tooMuch: lateMb - earlyMb > MOST_GROWTH_MB }
    })
  }
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
}
