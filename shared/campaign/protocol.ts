import * as v from 'valibot'
import { isDay } from '../instant.ts'
import { ClockSchema, HoursSchema, isZone } from '../profile/busy-hours.ts'
import { canonicalJson } from '../profile/canonical.ts'
import { explain } from '../profile/explain.ts'
import type { ConfigProblem } from '../profile/problem.ts'
import { ok, type Result, refuse } from '../result.ts'
import { slotsOf } from './slots.ts'

/**
 * What two parties agree to measure before they measure it: which days, at what hours, how often, how
 * long, with how many calls. Busy hours are named and must be measured: an idle line proves little.
 */
const text = v.pipe(v.string(), v.minLength(1), v.maxLength(600))
const date = v.pipe(v.string(), v.check(isDay, 'a day of the calendar such as 2026-11-30'))
const whole = (least: number, most: number) =>
  v.pipe(v.number(), v.integer(), v.minValue(least), v.maxValue(most))

export const ProtocolSchema = v.strictObject({
  format: v.literal('voip-ready/campaign/1'),
  id: v.pipe(v.string(), v.regex(/^[a-z0-9][a-z0-9-]{0,62}$/)),
  site: v.pipe(v.string(), v.regex(/^[a-z0-9][a-z0-9-]{0,62}$/)),
  profile: v.strictObject({
    id: text,
    sha256: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/)),
  }),
  /** Zone of the hours below: UTC, or a name of the time zone database, daylight saving and all. */
  zone: v.pipe(v.string(), v.maxLength(64)),
  days: v.pipe(v.array(date), v.minLength(1), v.maxLength(62)),
  measurements: v.strictObject({
    first: ClockSchema,
    last: ClockSchema,
    everyMinutes: whole(5, 1440),
    lengthMinutes: whole(1, 240),
  }),
  /** Hours of the zone that must hold measurements on every day. */
  busyHours: HoursSchema,
  calls: whole(1, 10_000),
  codec: v.picklist(['g711', 'g729']),
  tolerance: v.strictObject({
    /** Of a measurement this may be unmeasured, seconds. */
    unmeasuredSeconds: whole(0, 600),
    /** Measurements that may be missing in all. */
    missing: whole(0, 1000),
  }),
  /** What people vouch for and no probe sees: wired, nobody else on the line. */
  attestations: v.optional(
    v.pipe(v.array(v.strictObject({ by: text, says: text })), v.maxLength(16)),
  ),
})
export type Protocol = v.InferOutput<typeof ProtocolSchema>

/** Reads a protocol; refuses days twice, hours that no day has, and busy hours nobody measures in. */
export function parseProtocol(value: unknown): Result<Protocol, readonly ConfigProblem[]> {
  const { value: protocol, problems } = explain(ProtocolSchema, value)
  if (protocol === undefined) return refuse(problems)
  const more = problemsOf(protocol)
  return more.length > 0 ? refuse(more) : ok(protocol)
}

function problemsOf(protocol: Protocol): ConfigProblem[] {
  const { zone } = protocol
  if (!isZone(zone))
    return [mend(['zone'], 'a time zone', zone, 'write UTC or a name like Europe/London')]
  const found = orderProblems(protocol)
  return found.length > 0 ? found : hourProblems(protocol)
}

function orderProblems({ days, measurements }: Protocol): ConfigProblem[] {
  const found: ConfigProblem[] = []
  const twice = days.findIndex((day, at) => days.indexOf(day) !== at)
  if (twice >= 0)
    found.push(mend(['days', twice], 'every day once', days[twice] ?? '', 'remove it'))
  if (measurements.first > measurements.last) {
    const repair = 'give the times of one day in their order'
    found.push(
      mend(
        ['measurements', 'last'],
        `a time from ${measurements.first} on`,
        measurements.last,
        repair,
      ),
    )
  }
  if (measurements.lengthMinutes > measurements.everyMinutes) {
    const wanted = `at most everyMinutes (${measurements.everyMinutes})`
    const repair = 'measurements must not overlap'
    found.push(
      mend(['measurements', 'lengthMinutes'], wanted, String(measurements.lengthMinutes), repair),
    )
  }
  return found
}

function hourProblems(protocol: Protocol): ConfigProblem[] {
  const { days, busyHours } = protocol
  const { slots, impossible } = slotsOf(protocol)
  const repair = 'the clocks go forward then: choose another hour'
  const found = impossible.map((at) =>
    mend(['measurements'], 'times that exist on every day', at, repair),
  )
  busyHours.forEach(({ from, to }, at) => {
    if (from >= to) {
      found.push(mend(['busyHours', at, 'to'], `a time after ${from}`, to, 'swap the two times'))
      return
    }
    const idle = days.find(
      (day) => !slots.some((slot) => slot.day === day && slot.at >= from && slot.at < to),
    )
    if (idle === undefined) return
    const repair = 'measure then too: a busy hour that is left out proves nothing'
    found.push(
      mend(['busyHours', at], 'a measurement in it on every day', `none on ${idle}`, repair),
    )
  })
  return found
}

function mend(
  path: ConfigProblem['path'],
  wanted: string,
  found: string,
  repair: string,
): ConfigProblem {
  return { code: 'CONFIG_VALUE', path, wanted, found, repair }
}

/** The identity of a protocol: SHA-256 of its canonical JSON (RFC 8785), 64 hexadecimal digits. */
export function protocolIdentity(
  protocol: Protocol,
  sha256hex: (bytes: Uint8Array) => string,
): string {
  const text = canonicalJson(protocol)
  if (!text.ok) throw new TypeError(`protocol ${text.error.path.join('.')}: ${text.error.why}`)
  return sha256hex(new TextEncoder().encode(text.value))
}
