import { parseSite } from '../profile/parse.ts'
import type { Site } from '../profile/site.ts'
import type { LineOf } from './bundle.ts'
import type { HeldValues } from './named-keys.ts'
import { toHex, utf8 } from './octets.ts'
import { objectOf, plain } from './plain.ts'
import { planOf } from './site-dates.ts'
import { LATER } from './unread.ts'
import { utc } from './verify-entries.ts'
import type { Report, SeenEntry, VerifyTools } from './verify-items.ts'

/** A plan may be entered so long after it came into force: an entry is written after the plan is. */
const SLACK_MS = 60_000

/** What a time of a site is judged by, and on whose word. */
export interface ValuesOfTime {
  /** The plan's version; 0: of no plan. */
  readonly version: number
  /** Null: judged without any; undefined: they are not here, and nothing can be judged. */
  readonly values: Site | null | undefined
  /** An entry of the log names their hash. */
  readonly proven: boolean
}

interface Held {
  readonly version: number
  readonly values: Site | null | undefined
  readonly sha256: string
  readonly leaf: number | null
  fromMs: number
  proven: boolean
}

/** What a line says of a site. `unread`: in words that this build does not know; null: it is nothing. */
function readValues(text: string | null) {
  if (text === null) return { values: null, unread: false }
  const values = plain(text, parseSite)
  if (values !== null) return { values, unread: false }
  return objectOf(text) === null
    ? { values: null, unread: null }
    : { values: undefined, unread: true }
}

/** The site's values through the time of a bundle, each plan's held against its entry in the log. */
export class SiteValues {
  readonly #tools: Pick<VerifyTools, 'sha256'>
  readonly #report: Report
  /** False: no log key was given, so that no entry proves anything. */
  readonly #provable: boolean
  #unplanned: ValuesOfTime | null = null
  #plans: Held[] = []
  #newestMs = 0

  constructor(tools: Pick<VerifyTools, 'sha256'>, report: Report, provable: boolean) {
    this.#tools = tools
    this.#report = report
    this.#provable = provable
  }

  /** What [fromMs, toMs) is judged by, as the log tells before leaf `beforeIndex` (null: all of it). */
  at(fromMs: number, toMs: number, beforeIndex: number | null = null): ValuesOfTime {
    const told = this.#plans.filter(
      ({ leaf }) => leaf === null || beforeIndex === null || leaf < beforeIndex,
    )
    const none = { version: 0, values: null, proven: false }
    return planOf(told, fromMs, toMs) ?? this.#unplanned ?? none
  }

  /** What was said of the site from an instant on, in order; what counted where no plan held first. */
  since(fromMs: number): readonly HeldValues[] {
    const [first] = this.#plans
    const unplanned = first === undefined || first.fromMs > fromMs ? this.#unplanned : null
    return [...(unplanned === null ? [] : [{ ...unplanned, fromMs }]), ...this.#plans]
  }

  take(line: LineOf<'site'>): void {
    const { plan } = line
    const where = plan === undefined ? 'site' : `site, plan ${plan.version}`
    const last = this.#plans.at(-1)?.version ?? 0
    if (plan === undefined ? this.#unplanned !== null || last > 0 : plan.version <= last) {
      this.#report('invalid', 'site-order', where, 'does not stand in the order of the plans')
    }
    const { values, unread } = readValues(line.values)
    if (unread === null) this.#report('invalid', 'site-form', where, 'its values are none')
    if (unread === true) this.#report('missing', 'site-unread', where, LATER)
    const read = { values, proven: false }
    if (plan === undefined) {
      this.#unplanned = { version: 0, ...read }
      return
    }
    const sha256 = toHex(this.#tools.sha256(utf8(line.values ?? '')))
    const { version, from: fromMs, leaf } = plan
    this.#plans.push({ version, fromMs, leaf, sha256, ...read })
  }

  /** Takes every entry in the order of the log; `site` is the bundle's. */
  entry({ index, entry }: SeenEntry, site: string): void {
    const before = this.#newestMs
    this.#newestMs = Math.max(before, entry.at)
    if (entry.kind !== 'plan' || entry.site !== site) return
    const { version, at, from = at, valuesSha256 } = entry
    const where = `leaf ${index} plan`
    const held = this.#plans.find((one) => one.version === version)
    if (held === undefined) {
      const plan = { version, fromMs: from, leaf: index }
      this.#plans.push({ ...plan, values: undefined, sha256: '', proven: false })
      this.#plans.sort((a, b) => a.version - b.version)
      return
    }
    if (held.leaf !== index) {
      // Entered twice, the first is the one that counts.
      if (held.leaf !== null && held.leaf < index) return
      const what = `plan ${version} is entered here, and this bundle does not name the place`
      this.#report('invalid', 'plan-dated', where, what)
      return
    }
    const exact = entry.from !== undefined
    if (exact ? held.fromMs !== from : Math.abs(held.fromMs - at) > SLACK_MS) {
      const what = `plan ${version} came into force at ${utc(from)}, and this bundle says ${utc(held.fromMs)}`
      this.#report('invalid', 'plan-dated', where, what)
    }
    if (valuesSha256 !== undefined && valuesSha256 !== held.sha256) {
      this.#report('invalid', 'plan-values', where, `the values of plan ${version} were changed`)
    }
    held.proven = this.#provable && valuesSha256 === held.sha256
    this.#date(held, where, Math.max(before, at))
  }

  /** After the last leaf, for these quarter hours: what no entry bears out is somebody's word. */
  finish(intervals: readonly { readonly from: number; readonly to: number }[]): void {
    const told = new Set<ValuesOfTime>()
    for (const time of intervals) {
      const held = this.at(time.from, time.to)
      const { version, proven, values } = held
      if (version === 0 || proven || told.has(held)) continue
      told.add(held)
      const where = `site, plan ${version}`
      if (values === undefined) {
        const what = `it was in force from ${utc(time.from)} on, and what it says is not here`
        this.#report('missing', 'plan-values', where, what, time)
      } else {
        const what = `what it says of the site from ${utc(time.from)} on is the collector's word`
        this.#report('missing', 'plan-unproven', where, what)
      }
    }
  }

  /** It counts from when it was entered, whatever it says, once the log was beyond what it says. */
  #date(held: Held, where: string, enteredMs: number): void {
    if (enteredMs <= held.fromMs + SLACK_MS) return
    const time = { from: held.fromMs, to: enteredMs }
    const what = `backdated: plan ${held.version} says that it came into force at ${utc(held.fromMs)}, and was entered at ${utc(enteredMs)}: it counts from there`
    this.#report('suspicious', 'backdated-plan', where, what, time)
    held.fromMs = enteredMs
  }
}
