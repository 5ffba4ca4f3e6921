import type { AgentRecord } from '../record/record.ts'
import type { SeenRecord } from './verify-items.ts'

/** So many texts are known at a time: what a hostile file makes up must not fill the memory. */
const MOST_KNOWN = 10_000

/**
 * Holds once what many records say alike (names, versions, the profile), so that a month of them fits
 * in memory. JSON gives each of them a copy of its own.
 */
export class Alike {
  readonly #texts = new Map<string, string>()
  readonly #profiles = new Map<string, AgentRecord['profile']>()
  readonly #tools = new Map<string, AgentRecord['tool']>()

  #text(text: string): string {
    return once(this.#texts, text, text)
  }

  /** All of a record that is kept with it. */
  record(record: AgentRecord): SeenRecord['record'] {
    const { sequence, window, previous, profile, tool } = record
    const { clock, seen, fork, round, run, dropped } = record
    return {
      ...{ format: 'voip-ready/record/1', site: this.#text(record.site), previous },
      ...{ agent: this.#text(record.agent), boot: this.#text(record.boot), sequence, window },
      tool: once(this.#tools, tool.version, tool),
      profile: once(this.#profiles, nameOf(profile), profile),
      ...(clock === undefined ? {} : { clock }),
      ...(seen === undefined ? {} : { seen: { ...seen, origin: this.#text(seen.origin) } }),
      ...(fork === undefined ? {} : { fork }),
      ...(round === undefined ? {} : { round }),
      ...(run === undefined ? {} : { run }),
      ...(dropped === undefined ? {} : { dropped }),
    }
  }
}

/** One name for each profile, whatever its texts hold. */
function nameOf({ id, version, sha256 }: AgentRecord['profile']): string {
  return `${sha256} ${version.length} ${version}${id}`
}

function once<T>(known: Map<string, T>, name: string, value: T): T {
  const there = known.get(name)
  if (there !== undefined) return there
  if (known.size >= MOST_KNOWN) known.clear()
  known.set(name, value)
  return value
}
