import { INTERVAL_MS } from '../clock.ts'
import { startOfInterval, touching } from '../intervals.ts'
import { minutesOf } from './backing.ts'
import type { DamageBook } from './damage.ts'
import type { Eligibility } from './document.ts'
import type { Evidence } from './evidence.ts'
import type { Scope } from './scope.ts'
import { seenFrom } from './sightings.ts'

type Contract = Eligibility['contract']

const RUNS = ['capacity', 'qos'] as const

/** The profile in force when the outage began; null: it is not in the bundle. */
export function profileOf({ profileAt, profiles }: Evidence, scope: Scope): Contract['profile'] {
  const last = scope.quarters.filter(({ reference }) => reference).at(-1)
  const sha256 = last === undefined ? undefined : profileAt(last)
  const profile = sha256 === undefined ? undefined : profiles.get(sha256)
  if (sha256 === undefined || profile === undefined) return null
  const { id, version, title, model, source } = profile
  const { document, revision, date } = source
  return { id, version, sha256, title, model, document, revision, date }
}

/** Circuits as they were when the outage began, and who measured. */
export function sidesOf(
  { siteAt, records, manifest, touching: recordsOf }: Evidence,
  { span, outage, quarters }: Scope,
  damage: Pick<DamageBook, 'runsAt'>,
): Pick<Contract, 'circuits' | 'parties'> {
  const onset = startOfInterval(outage.from)
  const site = siteAt({ from: onset, to: onset + INTERVAL_MS })
  const own = records.filter(({ record }) => touching(record.window, span))
  const circuits = (['primary', 'secondary'] as const).flatMap((farEnd) => {
    const circuit = site?.farEnds[farEnd]
    if (circuit === undefined) return []
    const { reflector, port, path, circuitProvider, orderedBy } = circuit
    const by = { provider: circuitProvider ?? null, orderedBy: orderedBy ?? null }
    return [{ farEnd, reflector: `${reflector}:${port}`, path, ...by }]
  })
  // Each quarter hour, and each with the runs that hold in it: by both it is told who signs for both.
  const parts = quarters.flatMap((quarter) => {
    const records = minutesOf(recordsOf(quarter))
    const runs = RUNS.map((kind) => damage.runsAt(quarter.to, kind))
    return [records, ...runs.filter((of) => of.length > 0).map((of) => [...records, ...of])]
  })
  const seen = seenFrom(minutesOf(own), parts)
  const parties = {
    agents: [...new Set(own.map(({ record }) => record.agent))].sort(),
    reflectors: [...new Set(seen.sightings.map(({ reflector }) => reflector))].sort(),
    collector: manifest.origin,
    ...seen,
  }
  return { circuits, parties }
}
